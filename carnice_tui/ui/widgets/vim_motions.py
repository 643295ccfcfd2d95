"""Where vi's motions go: from lines and a place in them to another place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Place = tuple[int, int]
"""Row and column, from 0."""

Lines = Sequence[str]


@dataclass(frozen=True)
class Motion:
    """A motion. `go` takes lines, a place and a count (None: none was typed).

    `inclusive`: an operator takes the character under its end too.
    """

    go: Callable[[Lines, Place, int | None], Place]
    inclusive: bool = False


def first_letter(line: str) -> int:
    """The column of the first character that is no blank."""
    return len(line) - len(line.lstrip())


def _kind(char: str) -> int:
    """Blank, punctuation, or part of a word."""
    return 0 if char.isspace() else 2 if char.isalnum() or char == "_" else 1


def _left(_: Lines, at: Place, count: int | None) -> Place:
    return at[0], max(0, at[1] - (count or 1))


def _right(lines: Lines, at: Place, count: int | None) -> Place:
    return at[0], min(len(lines[at[0]]), at[1] + (count or 1))


def _row(lines: Lines, at: Place, rows: int) -> Place:
    row = max(0, min(len(lines) - 1, at[0] + rows))
    return row, min(at[1], len(lines[row]))


def _to_row(lines: Lines, row: int) -> Place:
    row = max(0, min(len(lines) - 1, row))
    return row, first_letter(lines[row])


def _next_word(lines: Lines, at: Place) -> Place:
    row, column = at
    line = lines[row]
    kind = _kind(line[column]) if column < len(line) else 0
    while column < len(line) and kind and _kind(line[column]) == kind:
        column += 1
    while True:
        while column < len(line) and line[column].isspace():
            column += 1
        if column < len(line) or row + 1 == len(lines):
            return row, column
        row, column = row + 1, 0
        line = lines[row]
        if not line:  # an empty line is a word
            return row, 0


def _word_end(lines: Lines, at: Place) -> Place:
    row, column = at[0], at[1] + 1
    while column >= len(lines[row]) or lines[row][column].isspace():
        if column < len(lines[row]):
            column += 1
        elif row + 1 < len(lines):
            row, column = row + 1, 0
        else:
            return row, max(0, len(lines[row]) - 1)
    line = lines[row]
    while column + 1 < len(line) and _kind(line[column + 1]) == _kind(line[column]):
        column += 1
    return row, column


def _word_before(lines: Lines, at: Place) -> Place:
    row, column = at
    while True:
        line = lines[row]
        while column and line[column - 1].isspace():
            column -= 1
        if column:
            break
        if not row or not lines[row - 1]:
            return max(0, row - 1), 0
        row, column = row - 1, len(lines[row - 1])
    while column > 1 and _kind(line[column - 2]) == _kind(line[column - 1]):
        column -= 1
    return row, column - 1


def _times(step: Callable[[Lines, Place], Place]) -> Callable[[Lines, Place, int | None], Place]:
    def go(lines: Lines, at: Place, count: int | None) -> Place:
        for _ in range(min(count or 1, 1_000)):
            at = step(lines, at)
        return at

    return go


MOTIONS: dict[str, Motion] = {
    "h": Motion(_left),
    "l": Motion(_right),
    "j": Motion(lambda lines, at, count: _row(lines, at, count or 1)),
    "k": Motion(lambda lines, at, count: _row(lines, at, -(count or 1))),
    "w": Motion(_times(_next_word)),
    "b": Motion(_times(_word_before)),
    "e": Motion(_times(_word_end), inclusive=True),
    "0": Motion(lambda _, at, __: (at[0], 0)),
    "^": Motion(lambda lines, at, _: (at[0], first_letter(lines[at[0]]))),
    "$": Motion(lambda lines, at, _: (at[0], max(0, len(lines[at[0]]) - 1)), inclusive=True),
    "G": Motion(lambda lines, _, count: _to_row(lines, (count or len(lines)) - 1)),
    "gg": Motion(lambda lines, _, count: _to_row(lines, (count or 1) - 1)),
}

WHOLE_LINES = {"j", "k", "G", "gg"}
"""Motions with which an operator takes whole lines."""
