"""carnice-chat: terminal chat and bug finder for 27B models running on your own machine."""

__version__ = "0.1.0"
