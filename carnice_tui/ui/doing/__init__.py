"""What the commands do, by their names: one module a kind of thing.

Each function takes the chat screen, which keeps the screen itself small.
"""
