"""The source text of what is selected: as it was written, marks and fences included."""

import re
from collections.abc import Sequence

from rich.cells import cell_len
from textual.strip import Strip

from carnice_tui.ui.transcript.alignment import NOTHING, aligned
from carnice_tui.ui.transcript.code_block import CodeBlock
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.selection import Point, Selection
from carnice_tui.ui.transcript.window import Place, Window

_MARKS = re.compile(r"`{3,}|~{3,}")


def selected_source(selection: Selection, window: Window) -> str:
    """The source text of `selection`: whole blocks as written, parts of them at its ends.

    Where nobody wrote any of it, such as the name of a file that came along, it is what is shown.
    """
    entries = range(selection.start.place.entry, selection.end.place.entry + 1)
    texts = [_of_entry(selection, window, entry).strip("\n") for entry in entries]
    return "\n\n".join(filter(None, texts)) or _as_shown(selection, window)


def _as_shown(selection: Selection, window: Window) -> str:
    """The lines in sight of what is selected."""
    lines: list[str] = []
    for place, strip in zip(window.places, window.rows(), strict=True):
        columns = place and selection.columns(place, window.width)
        if columns:
            lines.append(strip.crop(*columns).text.strip())
    return "\n".join(lines).strip()


def _of_entry(selection: Selection, window: Window, index: int) -> str:
    entry, start, end = window.entries[index], selection.start.place, selection.end.place
    below = end.entry > index
    begin = 0 if start.entry < index else start.block
    first = _first_written(entry, begin)
    above = start.entry < index or first > begin
    last = entry.count() - 1 if below else end.block
    parts: list[str] = []
    for block in range(first, last + 1):
        text = _of_block(selection, window, index, block)
        if text.strip("\n"):
            parts.append((_between(entry, block) if parts else "") + text)
    if not parts:
        return ""
    if above:
        parts.insert(0, entry.frozen().between(first) or "")
    elif (opening := _opening(entry, first)) and (
        below or _fence(entry, last) != _fence(entry, first)
    ):
        parts.insert(0, f"{opening}\n")
    if below:
        parts.append(entry.frozen().after())
    elif (opening := _opening(entry, last)) and (
        above or _fence(entry, last) != _fence(entry, first)
    ):
        parts.append("\n" + _MARKS.findall(opening)[0])
    return "".join(parts)


def _first_written(entry: Entry, block: int) -> int:
    """`block`, or the first after it that is no line of ours above what was written."""
    while block + 1 < entry.count():
        if entry.block(block).source or entry.frozen().between(block) is not None:
            break
        block += 1
    return block


def _between(entry: Entry, block: int) -> str:
    """What sets a block off from the one before it."""
    written = entry.frozen().between(block) if block < len(entry.frozen()) else None
    return written if written is not None else "\n\n" if entry.gap(block) else "\n"


def _fence(entry: Entry, block: int) -> int:
    """The first block of the fence that `block` is in; -1 where it is in none."""
    if not isinstance(entry.block(block), CodeBlock):
        return -1
    while block and not entry.gap(block) and isinstance(entry.block(block - 1), CodeBlock):
        block -= 1
    return block


def _opening(entry: Entry, block: int) -> str:
    """The line that opens the fence that `block` is in; "" where it is in none."""
    fence = _fence(entry, block)
    written = entry.frozen().between(fence) if 0 <= fence < len(entry.frozen()) else None
    line = (written or "").removesuffix("\n").rpartition("\n")[2]
    return line if _MARKS.search(line) else ""


def _of_block(selection: Selection, window: Window, entry: int, index: int) -> str:
    block = window.entries[entry].block(index)
    source = block.source
    strips = window.cell(entry, index)
    start, end = selection.start, selection.end
    above = start.place < Place(entry, index, 0)
    below = end.place > Place(entry, index, len(strips) - 1)
    if above and below:
        return source
    if block.is_row and (above or below or start.place.line != end.place.line):
        return source  # wrapped cells stand beside each other: their lines have another order
    first = start.place.line if block.is_row else 0
    shown = strips[first : first + 1] if block.is_row else strips
    places = aligned([strip.text for strip in shown], source)
    begin = 0 if above else _begin(start, first, shown, places, len(source))
    stop = len(source) if below else _end(end, first, shown, places, len(source))
    return source[begin:stop]


def character_at(text: str, column: int) -> int:
    """The character of `text` that covers cell `column`; its length where none does."""
    if text.isascii():
        return min(column, len(text))
    used = 0
    for index, char in enumerate(text):
        used += cell_len(char)
        if used > column:
            return index
    return len(text)


def _around(places: Sequence[Sequence[int]], line: int, index: int) -> tuple[list[int], list[int]]:
    """What is in front of character `index` of a line, and it with what follows."""
    before = [place for shown in places[:line] for place in shown] + [*places[line][:index]]
    after = [*places[line][index:]] + [place for shown in places[line + 1 :] for place in shown]
    return before, after


def _begin(
    point: Point,
    first: int,
    strips: Sequence[Strip],
    places: Sequence[Sequence[int]],
    length: int,
) -> int:
    """Where what is selected begins in the source; 0 where it begins before what was written."""
    line = point.place.line - first
    index = character_at(strips[line].text, point.column)
    before, after = _around(places, line, index)
    found = next((place for place in after if place != NOTHING), length)
    in_front = index < len(places[line]) and places[line][index] == NOTHING
    return 0 if in_front and all(place == NOTHING for place in before) else found


def _end(
    point: Point,
    first: int,
    strips: Sequence[Strip],
    places: Sequence[Sequence[int]],
    length: int,
) -> int:
    """Where it ends; the end of the source where it ends after what was written."""
    line = point.place.line - first
    index = character_at(strips[line].text, point.column)
    before, after = _around(places, line, index + 1)
    found = next((place + 1 for place in reversed(before) if place != NOTHING), 0)
    behind = index >= len(places[line]) or places[line][index] == NOTHING
    return length if found and behind and all(place == NOTHING for place in after) else found
