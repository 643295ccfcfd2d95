"""The line mode: the same conversation without a full screen.

The only room that imports prompt-toolkit.
"""
