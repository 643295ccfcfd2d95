"""Between the engine and the screen: records wait in a queue and are shown a few times a second."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from carnice_tui.core.events import Record

FASTEST, SLOWEST = 1 / 30, 1 / 4
"""Seconds between two looks at the queue."""

SHARE = 6
"""A look that took a second is followed by so many seconds of rest: the app stays mostly idle."""


class Feed:
    """A sink that costs an append. `show` gets what has gathered, at the pace it can keep."""

    def __init__(self, show: Callable[[list[Record]], None]) -> None:
        self._show = show
        self._waiting: deque[Record] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._pause = FASTEST

    def __call__(self, record: Record) -> None:
        """Take one record."""
        self._waiting.append(record)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._pause, self._drain)

    def clear(self) -> None:
        """Forget what waits: the screen is about to be made anew."""
        self._waiting.clear()

    def flush(self) -> None:
        """Show what waits now."""
        if self._timer is not None:
            self._timer.cancel()
            self._drain()

    def _drain(self) -> None:
        self._timer = None
        began = time.perf_counter()
        records = list(self._waiting)
        self._waiting.clear()
        if records:
            self._show(records)
        took = time.perf_counter() - began
        self._pause = min(SLOWEST, max(FASTEST, took * SHARE))
