"""Every conversation, kept: append-only JSON lines, read back whole even when torn.

The files are the truth; anything else (an index, a listing) can be deleted and rebuilt.
"""
