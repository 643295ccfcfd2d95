"""What lies under a cell: the word, or the line as it was written however it is wrapped."""

import re
from collections.abc import Sequence

from rich.cells import cell_len

from carnice_tui.ui.transcript.alignment import NOTHING, aligned
from carnice_tui.ui.transcript.selected_source import character_at
from carnice_tui.ui.transcript.selection import Point, Selection
from carnice_tui.ui.transcript.window import Place, Window

_WORD = re.compile(r"[\w@~/#%&?=+.:-]*[\w@~/#%&=+]|\S")
"""What terminals take for a word too: paths and addresses, without the stop at their end."""


def word_at(point: Point, window: Window) -> Selection | None:
    """The word under `point`; None where there is none."""
    text = _lines(point, window)[point.place.line]
    at = character_at(text, point.column)
    found = next((word for word in _WORD.finditer(text) if word.start() <= at < word.end()), None)
    if found is None:
        return None
    return _from_to(point.place, text, found.start(), point.place, text, found.end() - 1)


def line_at(point: Point, window: Window) -> Selection:
    """The line of the source that `point` is in; of a table its row."""
    place, lines = point.place, _lines(point, window)
    block = window.entries[place.entry].block(place.block)
    source = block.source
    places = aligned(lines, source)
    at = character_at(lines[place.line], point.column)
    under = _nearest(places[place.line], at)
    shown = [(y, x) for y, line in enumerate(places) for x, at in enumerate(line) if at != NOTHING]
    if under != NOTHING and not block.is_row:
        begin = source.rfind("\n", 0, under) + 1
        end = source.find("\n", under) % (len(source) + 1)
        shown = [(y, x) for y, x in shown if begin <= places[y][x] < end]
    if not shown:
        text = lines[place.line]
        return _from_to(place, text, 0, place, text, max(0, len(text) - 1))
    (top, first), (bottom, last) = shown[0], shown[-1]
    return _from_to(
        Place(place.entry, place.block, top),
        lines[top],
        first,
        Place(place.entry, place.block, bottom),
        lines[bottom],
        last,
    )


def _lines(point: Point, window: Window) -> list[str]:
    return [strip.text for strip in window.cell(point.place.entry, point.place.block)]


def _nearest(places: Sequence[int], at: int) -> int:
    """The place in the source under a character, or under the next one that has any."""
    after = (place for place in places[at:] if place != NOTHING)
    before = (place for place in reversed(places[:at]) if place != NOTHING)
    return next(after, next(before, NOTHING))


def _from_to(
    start: Place, text: str, first: int, end: Place, end_text: str, last: int
) -> Selection:
    """From the first cell of one character to the last cell of another."""
    return Selection(
        Point(start, cell_len(text[:first])), Point(end, max(0, cell_len(end_text[: last + 1]) - 1))
    )
