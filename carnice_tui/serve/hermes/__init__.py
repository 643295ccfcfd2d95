"""Hermes Agent as a client of this server: its configuration, and a check of the pair.

What Hermes needs was observed on version 0.19.
"""
