"""The part of a transcript that is on screen: which lines, and how one moves through it.

The place is kept as an entry, a block and a line of it, never as a line number of the whole:
so a resize or a long answer above needs no measuring of what is out of sight, and what one
reads stands still. Only the scrollbar asks for the whole height, and estimates do for it.
"""

from collections import OrderedDict
from dataclasses import dataclass

from rich.segment import Segment
from textual.strip import Strip

from carnice_tui.ui.transcript.block import Block
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.heights import Heights
from carnice_tui.ui.transcript.look import Look

KEPT = 160
"""Blocks whose painted lines are kept: a few screens; the rest is painted again when needed."""

KEPT_LINES = 300
"""Painted lines that are kept, for blocks that are long: a line takes ten times its text."""

KEPT_ENTRIES = 64
"""Entries whose blocks are kept beyond those on screen; cutting one again takes milliseconds."""


@dataclass(frozen=True, order=True)
class Place:
    """A line: its entry, its block in that, and the line within that, blank ones before it."""

    entry: int = 0
    block: int = 0
    line: int = 0


class Window:
    """Shows `height` lines of `entries`. Without a `top` it follows the end."""

    def __init__(self, entries: list[Entry], look: Look) -> None:
        self.entries = entries
        self.width = 80
        self.height = 24
        self.look = look
        self.top: Place | None = None
        self.places: list[Place | None] = []
        """The place of each line on screen; None below the end."""
        self.heights = Heights(entries)
        self._drawn: OrderedDict[int, tuple[Block, int]] = OrderedDict()
        self._lines = 0
        self._seen: OrderedDict[int, Entry] = OrderedDict()
        self._blank: dict[tuple[object, int], Strip] = {}

    @property
    def follows(self) -> bool:
        """Whether the end is shown and stays so."""
        return self.top is None

    def resize(self, width: int, height: int) -> None:
        """The screen has another size; the line at the top stays there."""
        if self.top is not None and width != self.width:
            self.top = Place(self.top.entry, self.top.block, 0)
        self.width, self.height = max(8, width), max(1, height)
        self._blank.clear()

    def restyle(self, look: Look) -> None:
        """Paint in other styles from now on."""
        self.look = look
        self._blank.clear()

    def rows(self) -> list[Strip]:
        """What is on screen now, filled up with empty lines."""
        rows: list[Strip] = []
        if self.top is not None:
            self.top = self._clamped(self.top)
            rows = self._down_from(self.top)
            if len(rows) < self.height:
                self.top = None
        if self.top is None:
            rows = self._from_end()
        self._evict()
        missing = self.height - len(rows)
        self.places.extend([None] * missing)
        return rows + [self.blank()] * missing

    def blank(self, entry: Entry | None = None) -> Strip:
        """An empty line on the ground of `entry` (of the page)."""
        ground = entry.frame(self.look).ground if entry else self.look.text
        key = (ground, self.width)
        strip = self._blank.get(key)
        if strip is None:
            strip = Strip([Segment(" " * self.width, ground)], self.width)
            self._blank[key] = strip
        return strip

    # -- moving

    def scroll(self, lines: int) -> None:
        """Move by `lines`; down to the end means to follow it."""
        if lines < 0:
            self.top = self._up(self._present_top(), -lines)
        elif self.top is not None:
            self.top = self._down(self.top, lines)

    def to_end(self) -> None:
        """Follow the end."""
        self.top = None

    def to_start(self) -> None:
        """Show the first line."""
        self.top = Place()

    def to_entry(self, index: int) -> None:
        """Show entry `index` from its first line."""
        self.top = Place(max(0, min(index, len(self.entries) - 1)), 0, 0)

    def to_fraction(self, fraction: float) -> None:
        """Show the place that lies so far into the whole, from 0 to 1."""
        index, inside = self.heights.at(int(fraction * self.total()), self.width)
        self.top = self._down(Place(index, 0, 0), inside) if index < len(self.entries) else None

    # -- measuring, by estimates where nothing was painted

    def total(self) -> int:
        """Lines of everything."""
        return self.heights.total(self.width)

    def above(self) -> int:
        """Lines above the screen."""
        if self.top is None:
            return max(0, self.total() - self.height)
        lines = self.heights.before(self.top.entry, self.width) + self.top.line
        if self.top.block:
            lines += self.entries[self.top.entry].lines_before(self.top.block, self.width)
        return lines

    # -- lines

    def cell(self, entry_index: int, block_index: int) -> list[Strip]:
        """The lines of a block, with the empty ones that set it off."""
        entry = self.entries[entry_index]
        block = entry.block(block_index)
        leads = block_index == 0
        strips = block.strips(self.width, self.look, entry.frame(self.look), leads=leads)
        entry.painted(block_index, self.width, len(strips))
        self._seen[id(entry)] = entry
        self._seen.move_to_end(id(entry))
        _, lines = self._drawn.get(id(block), (block, 0))
        self._lines += len(strips) - lines
        self._drawn[id(block)] = (block, len(strips))
        self._drawn.move_to_end(id(block))
        if leads:
            return [self.blank(), *strips] if self._gap(entry_index) else strips
        return [self.blank(entry), *strips] if block.gap else strips

    def is_gap(self, place: Place) -> bool:
        """Whether it is the empty line between an entry and the one before it."""
        return place.block == 0 and place.line == 0 and self._gap(place.entry) == 1

    def _gap(self, entry_index: int) -> int:
        return 1 if entry_index and not self.entries[entry_index].tight else 0

    def _from_end(self) -> list[Strip]:
        rows: list[Strip] = []
        places: list[Place | None] = []
        at = self._last_cell()
        while at is not None and len(rows) < self.height:
            strips = self.cell(*at)
            rows[:0] = strips
            places[:0] = [Place(*at, line) for line in range(len(strips))]
            at = self._cell_before(*at)
        self.places = places[-self.height :]
        return rows[-self.height :]

    def _down_from(self, top: Place) -> list[Strip]:
        rows: list[Strip] = []
        places: list[Place | None] = []
        at: tuple[int, int] | None = (top.entry, top.block)
        skip = top.line
        while at is not None and len(rows) < self.height:
            strips = self.cell(*at)
            rows.extend(strips[skip:])
            places.extend(Place(*at, line) for line in range(skip, len(strips)))
            skip = 0
            at = self._cell_after(*at)
        self.places = places[: self.height]
        return rows[: self.height]

    def _present_top(self) -> Place:
        if self.top is not None:
            return self.top
        self._from_end()
        first = self.places[0] if self.places else None
        return first or Place()

    def _up(self, place: Place, lines: int) -> Place:
        while lines > place.line:
            lines -= place.line
            before = self._cell_before(place.entry, place.block)
            if before is None:
                return Place(place.entry, place.block, 0)
            place = Place(*before, len(self.cell(*before)))
        return Place(place.entry, place.block, place.line - lines)

    def _down(self, place: Place, lines: int) -> Place | None:
        while True:
            left = len(self.cell(place.entry, place.block)) - place.line
            if lines < left:
                return Place(place.entry, place.block, place.line + lines)
            after = self._cell_after(place.entry, place.block)
            if after is None:
                return None
            lines -= left
            place = Place(*after, 0)

    def _clamped(self, place: Place) -> Place:
        if not self.entries:
            return Place()
        if place.entry >= len(self.entries):
            return Place(len(self.entries) - 1, 0, 0)
        count = self.entries[place.entry].count()
        if place.block >= count:
            return Place(place.entry, max(0, count - 1), 0)
        lines = len(self.cell(place.entry, place.block)) if count else 1
        return Place(place.entry, place.block, min(place.line, max(0, lines - 1)))

    def _last_cell(self) -> tuple[int, int] | None:
        return self._cell_before(len(self.entries), 0)

    def _cell_before(self, entry: int, block: int) -> tuple[int, int] | None:
        if block:
            return entry, block - 1
        for index in range(entry - 1, -1, -1):
            if count := self.entries[index].count():
                return index, count - 1
        return None

    def _cell_after(self, entry: int, block: int) -> tuple[int, int] | None:
        if block + 1 < self.entries[entry].count():
            return entry, block + 1
        for index in range(entry + 1, len(self.entries)):
            if self.entries[index].count():
                return index, 0
        return None

    def _evict(self) -> None:
        while len(self._drawn) > self.height and (
            len(self._drawn) > KEPT + self.height or self._lines > KEPT_LINES
        ):
            _, (block, lines) = self._drawn.popitem(last=False)
            self._lines -= lines
            block.release()
        while len(self._seen) > KEPT_ENTRIES + self.height:
            _, entry = self._seen.popitem(last=False)
            entry.forget()
