"""The child process that owns the model: loading, prefix cache, generation, thinking.

The only room that imports MLX for inference; it speaks frames on a private descriptor.
"""
