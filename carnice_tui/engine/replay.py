"""A recorded session as a source: its records again, in their recorded rhythm.

The time line counts seconds of replay at speed 1: pauses between turns, in which nobody
waited for the model, are shortened to `idle_pause`, all others to `max_pause` if there is one.
"""

import asyncio
import bisect
import contextlib
from collections.abc import AsyncIterator, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

from carnice_tui.core.events import Record, TurnFinished, TurnStarted, UserMessage

IDLE_PAUSE = 1.5
"""Seconds: long enough to see that a turn is over."""

MIN_SPEED, MAX_SPEED = 0.1, 100.0


class Clock(Protocol):
    """Tells the time in seconds and waits; a test gives its own."""

    def now(self) -> float:
        """Seconds, from any beginning."""
        ...

    async def wait(self, seconds: float | None, changed: asyncio.Event) -> None:
        """Wait until `seconds` have passed (None: for ever) or `changed` is set."""
        ...


class RealClock:
    """The time of the event loop."""

    def now(self) -> float:
        """Seconds, from any beginning."""
        return asyncio.get_running_loop().time()

    async def wait(self, seconds: float | None, changed: asyncio.Event) -> None:
        """Wait until `seconds` have passed (None: for ever) or `changed` is set."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), seconds)


class Step(NamedTuple):
    """Records that are due now. With `restart`, what was shown before is to be cleared first."""

    records: Sequence[Record]
    restart: bool = False


class Replay:
    """Plays records. Iterate over `steps()` once; the other methods steer it meanwhile."""

    def __init__(
        self,
        records: Sequence[Record],
        *,
        speed: float = 1.0,
        max_pause: float | None = None,
        idle_pause: float = IDLE_PAUSE,
        waits_at_end: bool = False,
        clock: Clock | None = None,
    ) -> None:
        """`speed` 2 is twice as fast; pauses are in seconds at speed 1, None leaves them.

        With `waits_at_end` the steps go on after the last record until `close`, so that a
        screen can seek back.
        """
        self.records = records
        self.turns = [i for i, record in enumerate(records) if _begins_turn(record)]
        self.paused = False
        self._due = list(accumulate(_pauses(records, max_pause, idle_pause)))
        self._clock = clock or RealClock()
        self._changed = asyncio.Event()
        self._speed = _in_range(speed)
        self._waits_at_end = waits_at_end
        self._closed = False
        self._next = 0
        self._shown = 0
        self._at = 0.0
        self._since: float | None = None

    @property
    def duration(self) -> float:
        """Length of the time line, in seconds."""
        return self._due[-1] if self._due else 0.0

    @property
    def position(self) -> float:
        """Where on the time line the replay is, in seconds."""
        passed = 0.0 if self._since is None else (self._clock.now() - self._since) * self._speed
        return min(self._at + passed, self.duration)

    @property
    def turn(self) -> int:
        """The turn that is shown, from 1; 0 before the first."""
        return bisect.bisect_left(self.turns, self._next)

    @property
    def finished(self) -> bool:
        """Whether all has been shown."""
        return self._next >= len(self.records)

    @property
    def speed(self) -> float:
        """How many seconds of the time line pass in one."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._go_from(self.position)
        self._speed = _in_range(speed)

    def pause(self) -> None:
        """Stand still."""
        self._go_from(self.position)
        self.paused = True

    def go_on(self) -> None:
        """Play on after a pause."""
        self._go_from(self.position)
        self.paused = False

    def step(self) -> None:
        """Show the next record now, whatever the time, and stand still."""
        self.paused = True
        self._show(self._next + 1)

    def seek(self, seconds: float) -> None:
        """Go to a place on the time line; what was due by then is shown at once."""
        self._show(bisect.bisect_right(self._due, max(0.0, seconds)))
        self._go_from(max(0.0, min(seconds, self.duration)))

    def seek_turn(self, turn: int) -> None:
        """Go to where turn `turn` begins, counted from 1; the user's message is shown."""
        if self.turns:
            self._show(self.turns[max(1, min(turn, len(self.turns))) - 1] + 1)

    def finish(self) -> None:
        """Show all the rest at once."""
        self._show(len(self.records))

    def close(self) -> None:
        """End `steps()`."""
        self._closed = True
        self._changed.set()

    async def steps(self) -> AsyncIterator[Step]:
        """What to show, as it falls due. What is late comes together, so the time holds."""
        while not self._closed:
            if self._next != self._shown:
                yield self._unshown()
            elif self.finished and not self.paused and not self._waits_at_end:
                return
            else:
                await self._wait_for_next()

    async def play(self) -> AsyncIterator[Record]:
        """Only the records, for those who cannot go back (a pipe, a file)."""
        async for step in self.steps():
            for record in step.records:
                yield record

    async def _wait_for_next(self) -> None:
        if self.paused or self.finished:
            wait = None
        else:
            if self._since is None:
                self._since = self._clock.now()
            wait = (self._due[self._next] - self.position) / self._speed
        if wait is None or wait > 0:
            await self._clock.wait(wait, self._changed)
            self._changed.clear()
        if not self.paused and not self.finished and self._since is not None:
            # Half a microsecond: what rounding takes from a wait that was long enough.
            self._next = max(self._next, bisect.bisect_right(self._due, self.position + 5e-7))

    def _unshown(self) -> Step:
        """What brings what is shown to where the replay is."""
        shown, self._shown = self._shown, self._next
        if self._next > shown:
            return Step(self.records[shown : self._next])
        return Step(self.records[: self._next], restart=True)

    def _show(self, count: int) -> None:
        self._next = max(0, min(count, len(self.records)))
        self._go_from(self._due[self._next - 1] if self._next else 0.0)

    def _go_from(self, position: float) -> None:
        """Count time anew from `position`, and wake whoever waits."""
        self._at, self._since = position, None
        self._changed.set()


def _pauses(records: Sequence[Record], max_pause: float | None, idle_pause: float) -> list[float]:
    pauses: list[float] = []
    before, idle = 0.0, True
    for record in records:
        pause = max(0.0, record.t - before)
        if idle:
            pause = min(pause, idle_pause)
        if max_pause is not None:
            pause = min(pause, max_pause)
        pauses.append(pause)
        before = max(before, record.t)
        idle = (idle and not isinstance(record.event, TurnStarted)) or isinstance(
            record.event, TurnFinished
        )
    return pauses


def _begins_turn(record: Record) -> bool:
    return isinstance(record.event, UserMessage)


def _in_range(speed: float) -> float:
    return max(MIN_SPEED, min(MAX_SPEED, speed))
