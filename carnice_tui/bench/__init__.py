"""Benchmark suites and the tables they print.

Every figure is measured beside a plain baseline in the same run.
"""
