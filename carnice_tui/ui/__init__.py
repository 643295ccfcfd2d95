"""The Textual app: screens, widgets and the line-painted transcript.

The only room that imports Textual.
"""
