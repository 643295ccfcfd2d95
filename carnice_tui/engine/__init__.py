"""What a turn is asked with and answered by: the local worker, a remote endpoint, a replay.

An engine turns a request into an async stream of events; it knows nothing of screens or files.
"""
