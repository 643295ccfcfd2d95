"""How high a transcript is, without asking every entry again at every frame."""

import bisect
from collections.abc import Sequence

from carnice_tui.ui.transcript.entry import Entry

LIVE = 8
"""Entries at the end that are asked each time: those of the turn under way."""


class Heights:
    """Sums of heights at one width. Estimates: good enough for a scrollbar."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._width: int = 0
        self._before = [0]
        """Lines before each settled entry, and after the last of them."""

    def forget(self) -> None:
        """Entries have changed that are not at the end."""
        self._before = [0]

    def total(self, width: int) -> int:
        """Lines of everything."""
        self._settle(width)
        settled = len(self._before) - 1
        return self._before[-1] + sum(
            self.of(index, width) for index in range(settled, len(self._entries))
        )

    def before(self, index: int, width: int) -> int:
        """Lines before entry `index`."""
        self._settle(width)
        settled = len(self._before) - 1
        if index <= settled:
            return self._before[index]
        return self._before[-1] + sum(self.of(i, width) for i in range(settled, index))

    def at(self, line: int, width: int) -> tuple[int, int]:
        """The entry in which `line` lies, and how far into it."""
        self._settle(width)
        settled = len(self._before) - 1
        if line < self._before[-1]:
            index = bisect.bisect_right(self._before, line) - 1
            return index, line - self._before[index]
        line -= self._before[-1]
        for index in range(settled, len(self._entries)):
            height = self.of(index, width)
            if line < height:
                return index, line
            line -= height
        return len(self._entries), 0

    def of(self, index: int, width: int) -> int:
        """Lines of one entry, with the empty one before it."""
        entry = self._entries[index]
        return entry.height(width) + (1 if index and not entry.tight else 0)

    def _settle(self, width: int) -> None:
        count = max(0, len(self._entries) - LIVE)
        if width != self._width or len(self._before) - 1 > count:
            self._width = width
            self._before = [0]
        for index in range(len(self._before) - 1, count):
            self._before.append(self._before[-1] + self.of(index, width))
