"""The child process that measures plain mlx-lm: the baseline of every suite.

It generates as mlx-lm's own command line does, from an empty cache each time.
"""
