"""What answers a message: the engine's plain turn, or something that asks it several times."""

from collections.abc import Callable
from typing import Protocol

from carnice_tui.core.events import Event
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import Engine

Emit = Callable[[Event], None]
"""Takes the events of one turn, in order."""


class Work(Protocol):
    """Answers one message."""

    async def __call__(self, emit: Emit) -> None:
        """Emit the events of one turn, of which the last is `TurnFinished`."""
        ...

    def stop(self) -> None:
        """End it soon; it still finishes, and what was said is kept."""
        ...


class EngineTurn:
    """The plain answer: one request, the engine's events as they come."""

    def __init__(self, engine: Engine, request: TurnRequest) -> None:
        self._engine = engine
        self._request = request

    async def __call__(self, emit: Emit) -> None:
        """See `Work`."""
        async for event in self._engine.turn(self._request):
            emit(event)

    def stop(self) -> None:
        """See `Work`."""
        self._engine.cancel()
