"""The child process that converts a model: the only part of `models` that loads MLX.

It reads the source lazily and writes one shard after the other, so that it can be stopped
at any time and go on, and never holds more than a shard.
"""
