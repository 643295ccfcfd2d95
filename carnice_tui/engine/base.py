"""The `Engine` protocol: whoever can answer a turn."""

from collections.abc import AsyncIterator
from typing import Protocol

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import Event, ModelLoaded
from carnice_tui.core.requests import TurnRequest


class EngineError(CarniceError):
    """The engine cannot do what was asked; the message says what to do next."""


class Engine(Protocol):
    """A model that answers, wherever it runs. One generation at a time."""

    @property
    def model(self) -> ModelLoaded | None:
        """The model in memory, if there is one."""
        ...

    @property
    def guides(self) -> bool:
        """Whether it can hold an answer to a given form while it decodes."""
        ...

    def load(self, model: str) -> AsyncIterator[Event]:
        """Bring `model` in: `LoadProgress` events, then `ModelLoaded` or `EngineFailed`."""
        ...

    def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        """Answer: events of one turn, of which the last is always `TurnFinished`.

        Loads the model again where the worker has died. Never raises for what goes wrong
        with the engine: that is an `EngineFailed` event.
        """
        ...

    def cancel(self) -> None:
        """Stop the turn under way within one token or one prefill chunk; it still finishes."""
        ...

    def answer_now(self) -> None:
        """Close the think block of the turn under way and let it answer."""
        ...

    async def warm(self, request: TurnRequest) -> None:
        """Read a prompt into the prefix cache while nobody waits. May do nothing."""
        ...

    async def close(self) -> None:
        """End the engine and wait until it has ended."""
        ...
