"""Which models there are, whether they fit this machine, and where they lie on disk.

Catalogue, memory fit, download, conversion recipes and the bundled demo model.
"""
