"""What is selected, and which source text that is.

A painted character finds its place in the source by walking both in step: Markdown takes
marks away and adds bullets and borders, but never changes the order of what was written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.strip import Strip

from carnice_tui.ui.transcript.window import Place, Window

REACH = 200
"""Characters of source that are searched for a painted one; what is not found is decoration."""


@dataclass(frozen=True, order=True)
class Point:
    """A cell of the transcript."""

    place: Place
    column: int


@dataclass(frozen=True)
class Selection:
    """From where the mouse went down (or the keys began) to where it is now."""

    anchor: Point
    head: Point

    @property
    def start(self) -> Point:
        """The earlier end."""
        return min(self.anchor, self.head)

    @property
    def end(self) -> Point:
        """The later end; its cell is selected too."""
        return max(self.anchor, self.head)

    def columns(self, place: Place, width: int) -> tuple[int, int] | None:
        """The cells of a line that are selected: first, and one past the last."""
        if not self.start.place <= place <= self.end.place:
            return None
        first = self.start.column if place == self.start.place else 0
        last = self.end.column + 1 if place == self.end.place else width
        return (first, last) if first < last else None


def selected_source(selection: Selection, window: Window) -> str:
    """The source text of `selection`: whole blocks as written, parts of them at its ends."""
    start, end = selection.start, selection.end
    pieces: list[str] = []
    last_entry = start.place.entry
    for entry_index in range(start.place.entry, end.place.entry + 1):
        entry = window.entries[entry_index]
        first = start.place.block if entry_index == start.place.entry else 0
        last = end.place.block if entry_index == end.place.entry else entry.count() - 1
        for index in range(first, last + 1):
            text = _of_block(selection, window, entry_index, index)
            if not text.strip("\n"):
                continue
            if pieces:
                gap = entry_index != last_entry or entry.block(index).gap
                pieces.append("\n\n" if gap else "\n")
            pieces.append(text.strip("\n"))
            last_entry = entry_index
    return "".join(pieces)


def _of_block(selection: Selection, window: Window, entry: int, block: int) -> str:
    source = window.entries[entry].block(block).source
    strips = window.cell(entry, block)
    lead = Place(entry, block, 0)
    tail = Place(entry, block, len(strips) - 1)
    from_top = selection.start < Point(lead, 1) or selection.start.place < lead
    to_end = selection.end.place > tail
    if from_top and to_end:
        return source
    places = _aligned(strips, source)
    begin = 0 if from_top else _offset(selection.start, strips, places, len(source))
    stop = len(source) if to_end else _offset_after(selection.end, strips, places)
    return source[begin:stop]


def _aligned(strips: Sequence[Strip], source: str) -> list[list[int]]:
    """For each character of each line its place in the source, -1 for decoration."""
    at = 0
    lines: list[list[int]] = []
    for strip in strips:
        line: list[int] = []
        for char in strip.text:
            found = -1
            if not char.isspace():
                found = source.find(char, at, at + REACH)
                if found >= 0:
                    at = found + 1
            line.append(found)
        lines.append(line)
    return lines


def _character(text: str, column: int) -> int:
    """The character of `text` that covers cell `column`."""
    if text.isascii():
        return min(column, len(text))
    used = 0
    for index, char in enumerate(text):
        used += cell_len(char)
        if used > column:
            return index
    return len(text)


def _offset(
    point: Point, strips: Sequence[Strip], places: Sequence[Sequence[int]], end: int
) -> int:
    """The place of the first source character at or after `point`."""
    index = _character(strips[point.place.line].text, point.column)
    for line in range(point.place.line, len(places)):
        for place in places[line][index if line == point.place.line else 0 :]:
            if place >= 0:
                return place
    return end


def _offset_after(point: Point, strips: Sequence[Strip], places: Sequence[Sequence[int]]) -> int:
    """One past the last source character at or before `point`."""
    index = _character(strips[point.place.line].text, point.column)
    for line in range(point.place.line, -1, -1):
        shown = places[line]
        for place in reversed(shown[: index + 1] if line == point.place.line else shown):
            if place >= 0:
                return place + 1
    return 0
