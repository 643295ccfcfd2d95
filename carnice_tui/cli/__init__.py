"""The command line: one module a command, loaded only when it is asked for.

No logic of its own: it parses flags, calls a room, and turns errors into one line.
"""
