"""The mouse over a transcript: the scrollbar, selecting by drags and clicks, folding."""

from typing import TYPE_CHECKING

from textual.timer import Timer

from carnice_tui.ui.transcript.pointed import line_at, word_at
from carnice_tui.ui.transcript.selection import Point, Selection

if TYPE_CHECKING:
    from carnice_tui.ui.transcript.view import Transcript

PULLS_EVERY = 0.06
"""Seconds between two steps while a drag is held beyond an edge."""

FARTHEST = 8
"""Lines of one step at most, where it is held far beyond."""


class Pointing:
    """What is pressed, and where it is dragged to."""

    def __init__(self, view: "Transcript") -> None:
        self._view = view
        self._holds_bar = False
        self._pressed: Point | None = None
        self._row = 0
        self._at = (0, 0)
        self._pulling: Timer | None = None

    def press(self, x: int, y: int) -> None:
        """Take hold of the scrollbar, or begin to select."""
        if x >= self._view.window.width:
            self._holds_bar = True
            self._drag_bar(y)
            return
        self._pressed, self._row = self._point(x, y), y
        self._view.select(None)

    def move(self, x: int, y: int) -> None:
        """Drag the scrollbar, or select on."""
        if self._holds_bar:
            self._drag_bar(y)
        elif self._pressed is not None:
            self._at = (x, y)
            self._select_on()
            if self._beyond() and self._pulling is None:
                self._pulling = self._view.set_interval(PULLS_EVERY, self._pull)

    def release(self) -> None:
        """Let go."""
        self._holds_bar, self._pressed = False, None
        self._stop()

    def click(self, x: int, y: int, times: int) -> None:
        """Fold or unfold at once; twice in a row selects a word, three times a line."""
        point = self._point(x, y)
        if point is None or x >= self._view.window.width:
            return
        entry = self._view.thread.entries[point.place.entry]
        if entry.folds_at(point.place.block):
            if self._view.selection is None:
                self._view.toggle(point.place.entry)
        elif times == 2:
            self._view.select(word_at(point, self._view.window))
        elif times > 2:
            self._view.select(line_at(point, self._view.window))

    def _select_on(self) -> None:
        point = self._point(*self._at)
        if self._pressed is None or point is None:
            return
        if point != self._pressed or self._view.selection is not None:
            self._view.select(Selection(self._pressed, point))

    def _pull(self) -> None:
        """Scroll on, as long as it is held there: the mouse need not move for it."""
        lines = self._beyond()
        if not lines:
            self._stop()
            return
        self._view.scroll_lines(lines)
        self._select_on()

    def _beyond(self) -> int:
        """Lines to scroll by; 0 within the edges. The first row is one, if nothing is above it."""
        if self._pressed is None:
            return 0
        y, height = self._at[1], self._view.window.height
        if y >= height:
            return min(FARTHEST, 1 + y - height)
        if y < 0 or (y == 0 and self._row > 0):
            return max(-FARTHEST, y - 1)
        return 0

    def _stop(self) -> None:
        if self._pulling is not None:
            self._pulling.stop()
            self._pulling = None

    def _drag_bar(self, y: int) -> None:
        window = self._view.window
        window.to_fraction(y / max(1, window.height))
        self._view.repaint()

    def _point(self, x: int, y: int) -> Point | None:
        """The cell of the text that is nearest."""
        window = self._view.window
        y = max(0, min(y, len(window.places) - 1))
        while y >= 0 and window.places[y] is None:
            y -= 1
        place = window.places[y] if y >= 0 else None
        return Point(place, max(0, min(x, window.width - 1))) if place else None
