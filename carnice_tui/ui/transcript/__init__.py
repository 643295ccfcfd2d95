"""The transcript: one line-painted view of a conversation.

Text is cut into blocks that never change again; only the open end is rendered anew.
"""
