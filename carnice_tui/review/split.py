"""Cuts a long source into pieces that fit the window, at definitions where it can."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from carnice_tui.review.symbols import begins_definition, indent

PIECE_CHARACTERS = 24_000
"""Longest piece: about 6,000 to 8,000 tokens. Attention to a detail drifts in longer ones."""


@dataclass(frozen=True)
class Piece:
    """Some lines of a source: `text` begins at line `first_line`, counted from 1."""

    text: str
    first_line: int

    @property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return split_lines(self.text)

    @property
    def last_line(self) -> int:
        """The number of the last line."""
        return self.first_line + max(1, len(self.lines)) - 1


def split_lines(text: str) -> list[str]:
    """The lines of `text`: as editors and compilers count them, at newlines only."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def split(text: str, budget: int = PIECE_CHARACTERS, first_line: int = 1) -> list[Piece]:
    """`text` in pieces of at most `budget` characters; only a single line may be longer.

    The pieces put together are `text` again. Cuts are made before a definition at the
    smallest indentation that leaves a piece at least a quarter full, else before any other
    definition, else at a blank line, else at any line.
    """
    if len(text) <= budget:
        return [Piece(text, first_line)] if text else []
    return list(_pieces(_with_ends(text), budget, first_line))


def _pieces(lines: Sequence[str], budget: int, first_line: int) -> Iterator[Piece]:
    start = 0
    while start < len(lines):
        end, size = start, 0
        while end < len(lines) and (end == start or size + len(lines[end]) <= budget):
            size += len(lines[end])
            end += 1
        if end < len(lines):
            end = _best_cut(lines, start, end, budget)
        yield Piece("".join(lines[start:end]), first_line + start)
        start = end


def _best_cut(lines: Sequence[str], start: int, end: int, budget: int) -> int:
    """Where to cut at or before `end`: always after `start`."""
    least = start + 1
    size = 0
    while least < end and size + len(lines[least - 1]) < budget // 4:
        size += len(lines[least - 1])
        least += 1
    span = range(end, least - 1, -1)
    definitions = [at for at in span if begins_definition(lines, at)] or [
        at for at in range(least - 1, start, -1) if begins_definition(lines, at)
    ]
    if definitions:
        return min(definitions, key=lambda at: (indent(lines[at]), -at))
    blank = [at for at in span if not lines[at - 1].strip() and lines[at].strip()]
    if blank:
        return min(blank, key=lambda at: (indent(lines[at]), -at))
    return end


def _with_ends(text: str) -> list[str]:
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
