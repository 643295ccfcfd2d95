"""Between the engine and the screen: records wait in a queue and are shown a few times a second."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from carnice_tui.core.events import Record

FASTEST, SLOWEST = 1 / 20, 1 / 4
"""Seconds between two looks at the queue; with reduced motion always the longer. At 25 a second
the app spent 2.1 s of CPU on 1,000 tokens at 50 a second, at 20 it spends 2.0."""

BUDGET = 0.012
"""Seconds one look may spend on records before it paints; the rest waits for the next look."""

BATCH = 128
"""Records taken at once, between two looks at the clock."""

SHARE, SHARE_BEHIND = 6, 2
"""A look that took a second is followed by so many seconds of rest; less when records wait."""


class Feed:
    """A sink that costs an append."""

    def __init__(
        self,
        apply: Callable[[list[Record]], None],
        paint: Callable[[], None],
        fastest: float = FASTEST,
    ) -> None:
        """`apply` takes records in, `paint` shows them; both at the pace they can keep.

        `fastest`: seconds between two looks at least.
        """
        self._apply = apply
        self._paint = paint
        self._waiting: deque[Record] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._fastest = fastest
        self._pause = fastest

    def __call__(self, record: Record) -> None:
        """Take one record."""
        self._waiting.append(record)
        if self._timer is None:
            self._arm()

    @property
    def waits(self) -> bool:
        """Whether something came that is not shown yet."""
        return bool(self._waiting)

    def clear(self) -> None:
        """Forget what waits: the screen is about to be made anew."""
        self._waiting.clear()

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._look)

    def _look(self) -> None:
        self._timer = None
        began = time.perf_counter()
        try:
            while self._waiting and time.perf_counter() - began < BUDGET:
                count = min(BATCH, len(self._waiting))
                self._apply([self._waiting.popleft() for _ in range(count)])
            self._paint()
        finally:  # a record that cannot be shown does not keep those after it
            took = time.perf_counter() - began
            share = SHARE_BEHIND if self._waiting else SHARE
            self._pause = min(SLOWEST, max(self._fastest, took * share))
            if self._waiting:
                self._arm()
