"""Cuts a paragraph that is longer than anybody writes, so that its end can stay cheap."""

import re

LONGEST = 4_000
"""Characters. A longer paragraph is drawn in pieces, each beginning a new line."""

SHORTEST = 2_000
"""Characters a piece has at least."""

_SENTENCE = re.compile(r"(?<=[.!?,;]) (?=[A-Za-z])|(?<=[^\s|]) (?=[A-Za-z])")


def cut_prose(text: str) -> tuple[list[str], str]:
    """The pieces before the last, and the last. A piece depends only on the text before its end."""
    pieces: list[str] = []
    while len(text) > LONGEST:
        cut = next(
            (m.start() for m in _SENTENCE.finditer(text, SHORTEST) if _settled(text, m.start())), 0
        )
        if not cut:
            break
        pieces.append(text[:cut])
        text = text[cut + 1 :]
    return pieces, text


def _settled(text: str, end: int) -> bool:
    """Whether no emphasis, code span or link is open at `end`."""
    piece = text[:end]
    return (
        piece.count("`") % 2 == 0
        and piece.count("*") % 2 == 0
        and piece.count("~~") % 2 == 0
        and piece.count("[") == piece.count("]")
        and "|" not in piece
    )
