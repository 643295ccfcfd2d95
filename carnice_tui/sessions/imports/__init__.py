"""Conversations from other programs, taken in as sessions of ours.

Each reader knows one program's files and gives `Chat`s; `build.py` makes sessions of them.
"""
