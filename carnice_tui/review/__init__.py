"""The bug finder: from code to findings under the strict BUG/FIX contract.

Sources, prompt, contract parser, findings and their output formats.
"""
