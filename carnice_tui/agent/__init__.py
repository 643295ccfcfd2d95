"""The coding agent: a model that reads, searches, edits and runs in one folder, step by step.

What only looks is done at once; what changes or runs something waits for a yes. Everything goes
through the conversation's own events, so that it is saved, resumed and replayed like any chat.
"""
