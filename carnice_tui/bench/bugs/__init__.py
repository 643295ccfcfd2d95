"""Scores a bug finder on buggy programs and their corrected twins.

Twins matter: without them a finder that always says BUG would win.
"""
