"""What every other room speaks: events, messages, settings, paths and sanitising.

Pure and light: no input or output loops, no Textual, no MLX.
"""
