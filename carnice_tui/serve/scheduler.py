"""One generation at a time, and a bounded line before it in which everybody gets a turn."""

import asyncio
import itertools
import logging
from collections import OrderedDict
from collections.abc import Sequence

from carnice_tui.core.events import EngineFailed, Event, TurnFinished
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import Engine
from carnice_tui.serve.errors import RETRY_SECONDS, ApiError, unavailable

_log = logging.getLogger(__name__)

LANES = 1024
"""How many clients are remembered for fairness."""


class Ticket:
    """One request's place in line, and then its events."""

    def __init__(self, scheduler: "Scheduler", request: TurnRequest, lane: str) -> None:
        self.request = request
        self.lane = lane
        self.abandoned = False
        self._scheduler = scheduler
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    @property
    def ahead(self) -> int:
        """How many requests are answered before this one, the one under way included."""
        return self._scheduler.ahead_of(self)

    async def next(self) -> Event | None:
        """The next event of the turn; None after the last."""
        return await self._events.get()

    def stop(self) -> None:
        """End the generation early; its last events still come."""
        self._scheduler.stop(self)

    def abandon(self) -> None:
        """Nobody listens any more: leave the line, or free the engine."""
        self.abandoned = True
        self._scheduler.stop(self)

    def put(self, event: Event | None) -> None:
        """Hand out an event; None ends the stream."""
        if event is None or not self.abandoned:
            self._events.put_nowait(event)


class Scheduler:
    """Owns the engine: whoever asks takes a ticket, and is answered when it is their turn.

    Lanes take turns, so that one client with many requests does not keep others waiting;
    within a lane it is first come, first served.
    """

    def __init__(self, engine: Engine, limit: int) -> None:
        """`limit`: how many may wait while one is answered."""
        self._engine = engine
        self._limit = limit
        self._waiting: list[Ticket] = []
        self._current: Ticket | None = None
        self._served: OrderedDict[str, int] = OrderedDict()
        self._count = itertools.count(1)
        self._arrived = asyncio.Event()
        self._closed = False

    @property
    def engine(self) -> Engine:
        """The engine that answers."""
        return self._engine

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether a generation is under way."""
        return self._current is not None

    def submit(self, request: TurnRequest, lane: str = "") -> Ticket:
        """Take a place in line.

        Raises:
            ApiError: the line is full (429), or the server is going down (503).
        """
        if self._closed:
            raise unavailable("The server is shutting down.", "shutting_down")
        if len(self._waiting) >= self._limit:
            raise ApiError(
                429,
                f"{len(self._waiting)} requests are waiting already: try again in a moment.",
                code="queue_full",
                retry_after=RETRY_SECONDS,
            )
        ticket = Ticket(self, request, lane)
        self._waiting.append(ticket)
        self._arrived.set()
        return ticket

    async def run(self) -> None:
        """Answer one after the other, until cancelled or closed."""
        while True:
            # First, so that nothing is missed that comes during an answer, the end included.
            self._arrived.clear()
            if self._closed:
                return
            while self._waiting:
                ticket = in_order(self._waiting, self._served)[0]
                self._waiting.remove(ticket)
                await self._answer(ticket)
            await self._arrived.wait()

    def close(self) -> None:
        """Turn everybody away, and end what is under way."""
        self._closed = True
        for ticket in self._waiting:
            ticket.put(EngineFailed("The server is shutting down."))
            ticket.put(TurnFinished("failed"))
            ticket.put(None)
        self._waiting.clear()
        if self._current is not None:
            self._engine.cancel()
        self._arrived.set()

    def ahead_of(self, ticket: Ticket) -> int:
        """How many are answered before `ticket`, if nobody else comes."""
        if ticket not in self._waiting:
            return 0
        return in_order(self._waiting, self._served).index(ticket) + self.busy

    def stop(self, ticket: Ticket) -> None:
        """See `Ticket.stop` and `Ticket.abandon`."""
        if ticket is self._current:
            self._engine.cancel()
        elif ticket in self._waiting:
            self._waiting.remove(ticket)
            ticket.put(TurnFinished("cancelled"))
            ticket.put(None)

    async def _answer(self, ticket: Ticket) -> None:
        self._current = ticket
        self._served[ticket.lane] = next(self._count)
        self._served.move_to_end(ticket.lane)
        while len(self._served) > LANES:
            self._served.popitem(last=False)
        try:
            told = False
            async for event in self._engine.turn(ticket.request):
                if (ticket.abandoned or self._closed) and not told:
                    # Said again: the engine may not have begun when it was said first.
                    told = True
                    self._engine.cancel()
                ticket.put(event)
        except Exception as error:  # an engine must not raise; if one does, the line goes on
            _log.exception("the engine raised")
            ticket.put(EngineFailed(f"The engine failed: {type(error).__name__}."))
            ticket.put(TurnFinished("failed"))
        finally:
            self._current = None
            ticket.put(None)


def in_order(waiting: Sequence[Ticket], served: "OrderedDict[str, int]") -> list[Ticket]:
    """`waiting` (in order of arrival) in the order in which they will be answered.

    Lanes take turns, the one that was `served` longest ago first.
    """
    lanes: OrderedDict[str, list[Ticket]] = OrderedDict()
    for ticket in waiting:
        lanes.setdefault(ticket.lane, []).append(ticket)
    by_turn = sorted(lanes.values(), key=lambda lane: served.get(lane[0].lane, 0))
    rounds = itertools.zip_longest(*by_turn)
    return [ticket for one in rounds for ticket in one if ticket is not None]
