"""The coding agent: its loop, tools, permissions and sandbox.

Control flow is a stream of events; nothing runs that was not allowed.
"""
