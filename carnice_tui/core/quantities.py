"""Quantities as a person reads them."""


def counted(number: int, word: str) -> str:
    """How many of what: "1 line", "1,024 lines"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def gigabytes(size: float) -> str:
    """`size` bytes as "13.3 GB", small ones as "46.2 MB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def thousands(tokens: int) -> str:
    """A number of tokens, rounded where it is large: "9,876", "128k"."""
    return f"{tokens:,}" if tokens < 10_000 else f"{tokens / 1000:.0f}k"
