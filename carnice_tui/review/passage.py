"""What one question shows the model: some lines of one source, each with its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from carnice_tui.review.split import Piece, split, split_lines
from carnice_tui.review.symbols import enclosing_symbol

Marker = Literal["", " ", "+", "-"]


@dataclass(frozen=True)
class Line:
    """One line as it is shown. `number` is its place in the new version, 0 for a removed one.

    `marker` is "" in code and the first column in a diff.
    """

    number: int
    text: str
    marker: Marker = ""


@dataclass(frozen=True)
class Passage:
    """Code or a hunk of a diff, and where it comes from.

    `outline` are the lines around it that name what it lies in: the whole file, or what
    git wrote behind the hunk's numbers. `outline_first` is the number of the first.
    """

    path: str
    language: str
    lines: tuple[Line, ...]
    outline: Sequence[str] = ()
    outline_first: int = 1
    old_first: int = 0
    heading: str = ""

    @property
    def is_diff(self) -> bool:
        """Whether it is a hunk of a diff."""
        return bool(self.lines) and self.lines[0].marker != ""

    @property
    def fence(self) -> str:
        """The language as the fence names it."""
        return "diff" if self.is_diff else self.language

    @property
    def code(self) -> str:
        """The text as the model reads it."""
        shown = "\n".join(line.marker + line.text for line in self.lines)
        return f"{self._hunk_header()}\n{shown}" if self.is_diff else shown

    @property
    def new_lines(self) -> list[Line]:
        """The lines of the new version."""
        return [line for line in self.lines if line.number]

    @property
    def first_line(self) -> int:
        """The number of the first line."""
        return min((line.number for line in self.new_lines), default=1)

    @property
    def last_line(self) -> int:
        """The number of the last line."""
        return max((line.number for line in self.new_lines), default=1)

    def changed_range(self) -> tuple[int, int]:
        """From the first added line to the last; the whole range where none was added."""
        added = [line.number for line in self.lines if line.marker == "+"]
        return (min(added), max(added)) if added else (self.first_line, self.last_line)

    def text_of(self, number: int) -> str:
        """The text of line `number`."""
        return next((line.text for line in self.new_lines if line.number == number), "")

    def symbol_at(self, number: int) -> str:
        """The definitions around line `number`."""
        if self.outline:
            return enclosing_symbol(self.outline, number - self.outline_first + 1)
        above = [line.text for line in self.new_lines if line.number <= number]
        heading = [self.heading] if self.heading else []
        return enclosing_symbol([*heading, *above], len(heading) + len(above))

    def parts(self, budget: int) -> list[Passage]:
        """The passage in parts of at most `budget` characters; a single line may be longer."""
        if self.is_diff:
            return self._parts_of_diff(budget)
        text = "\n".join(line.text for line in self.lines)
        pieces = split(text, budget, self.first_line)
        if len(pieces) < 2:
            return [self]
        by_number = {line.number: line for line in self.lines}
        return [
            replace(
                self,
                lines=tuple(by_number[n] for n in range(piece.first_line, piece.last_line + 1)),
            )
            for piece in pieces
        ]

    def _parts_of_diff(self, budget: int) -> list[Passage]:
        parts: list[list[Line]] = [[]]
        size = 0
        for line in self.lines:
            if parts[-1] and size + len(line.text) + 2 > budget:
                parts.append([])
                size = 0
            parts[-1].append(line)
            size += len(line.text) + 2
        old = self.old_first
        passages: list[Passage] = []
        for part in parts:
            if any(line.marker in "+-" for line in part):
                passages.append(replace(self, lines=tuple(part), old_first=old))
            old += sum(1 for line in part if line.marker != "+")
        return passages or [self]

    def _hunk_header(self) -> str:
        old = sum(1 for line in self.lines if line.marker != "+")
        new = len(self.new_lines)
        first = self.first_line if new else 0
        heading = f" {self.heading}" if self.heading else ""
        return f"@@ -{self.old_first if old else 0},{old} +{first},{new} @@{heading}"


def code_passages(path: str, language: str, text: str, budget: int) -> list[Passage]:
    """A source's text in passages of at most `budget` characters; blank ones are left out."""
    outline = split_lines(text)
    return [
        passage
        for piece in split(text, budget)
        if (passage := _from_piece(path, language, piece, outline)).code.strip()
    ]


def _from_piece(path: str, language: str, piece: Piece, outline: Sequence[str]) -> Passage:
    lines = tuple(Line(piece.first_line + at, text) for at, text in enumerate(piece.lines))
    return Passage(path, language, lines, outline)
