"""An error in a handler of a message ends that handler, and neither the app nor the widget.

Textual ends the app there (`MessagePump._process_messages_loop`), and with it what is typed,
queued and being answered. What breaks while a widget is made or painted still ends the app: it
would break again at every frame, on a screen that nobody could use.

And a handler that took long is followed by a turn for everybody else. Textual hands a widget all
the messages that wait for it in one go: laying out and painting a screen that opens, twice, was
one hold of the event loop, in which no key was answered.
"""

import asyncio
import time
from types import TracebackType
from typing import Protocol, cast

from textual.events import Compose, Mount
from textual.message import Message
from textual.message_pump import MessagePump

LONG = 0.004
"""Seconds in a handler after which others have their turn."""

AGAIN_AFTER = 30.0
"""Seconds in which the same error is told once: a timer may meet it four times a second."""

_CALLBACKS = frozenset({"_tick", "_flush_next_callbacks"})
"""Functions of Textual's that catch what a timer or a callback of ours raised, and go on."""


class Endures(Protocol):
    """An app that goes on when something of ours breaks."""

    def endure(self, error: Exception) -> None:
        """Tell it, and keep its traceback."""
        ...


class Enduring(MessagePump):
    """Goes on when one of its handlers breaks. Stands first among the bases."""

    async def _dispatch_message(self, message: Message) -> None:
        began = time.perf_counter()
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if isinstance(message, Compose | Mount):
                raise
            # Textual leaves open what its app returns.
            app = cast("Endures", self.app)  # pyright: ignore[reportUnknownMemberType]
            app.endure(error)
        if time.perf_counter() - began > LONG:
            await asyncio.sleep(0)


class Told:
    """Which errors were told lately."""

    def __init__(self) -> None:
        self._at: dict[tuple[type[Exception], str, int], float] = {}

    def is_new(self, error: Exception) -> bool:
        """Whether `error` is worth a word: another one, or the same one long after."""
        last = _last(error.__traceback__)
        file, line = (last.tb_frame.f_code.co_filename, last.tb_lineno) if last else ("", 0)
        key = (type(error), file, line)
        now = time.monotonic()
        if now - self._at.get(key, -AGAIN_AFTER) < AGAIN_AFTER:
            return False
        self._at[key] = now
        return True


def is_from_callback(error: Exception) -> bool:
    """Whether a timer or a callback raised `error`: Textual goes on with the next one then."""
    caught = error.__traceback__
    return caught is not None and caught.tb_frame.f_code.co_name in _CALLBACKS


def _last(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback
