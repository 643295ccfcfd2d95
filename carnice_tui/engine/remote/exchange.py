"""One exchange with a server: a request, asked again while nothing has come, and its answer."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from carnice_tui.core.events import Event, Notice, PrefillProgress
from carnice_tui.engine.remote.body import OPTIONAL
from carnice_tui.engine.remote.connection import Connection, Cut, Ended, Refused, Unreached
from carnice_tui.engine.remote.listening import Listening
from carnice_tui.engine.remote.problems import error_text, refused_field

TRIES = 3
"""Of one request, while nothing of an answer has come."""

RETRY_SECONDS = 0.5

T = TypeVar("T")


class Stopped(Exception):
    """The user stopped the turn."""


class Stop:
    """The user's word that a turn is to end."""

    def __init__(self) -> None:
        self._said = asyncio.Event()

    def say(self) -> None:
        """End it."""
        self._said.set()

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`, or give it up when the user says so.

        Raises:
            Stopped: the user said so.
        """
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._said.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Stopped
            return working.result()
        finally:
            stopping.cancel()
            if not working.done():
                working.cancel()
                await asyncio.wait({working})


class Exchange:
    """Asks over one connection until the turn is stopped."""

    def __init__(self, connection: Connection, base: str, stop: Stop, unwanted: set[str]) -> None:
        """`base` is how errors name the server. `unwanted` are the fields that it has refused so
        far; what else it refuses is added, so that it is not sent again."""
        self._connection = connection
        self._base = base
        self._stop = stop
        self._unwanted = unwanted

    async def events(
        self, path: str, body: dict[str, Any], listening: Listening
    ) -> AsyncGenerator[Event]:
        """The events of the answer to `body`, as `listening` makes them of its chunks.

        Raises:
            Stopped: the user has stopped the turn.
            Refused: the server answered with an error.
            Unreached: nobody answers.
            Cut: the answer ended in its middle, or is none.
        """
        body = {name: value for name, value in body.items() if name not in self._unwanted}
        tries = TRIES
        while True:
            try:
                async with aclosing(self._once(path, body, listening)) as events:
                    async for event in events:
                        yield event
                return
            except Refused as refused:
                if name := refused_field(refused.refusal, OPTIONAL, body):
                    self._unwanted.add(name)
                    del body[name]
                    continue
                tries -= 1
                wait = refused.refusal.waits
                if wait is None or not tries:
                    raise
                yield Notice("info", f"The server is busy and asked for {wait:.0f} s of patience.")
            except Unreached:
                tries -= 1
                if not tries:
                    raise
                wait = RETRY_SECONDS
            await self._stop.unless(asyncio.sleep(wait))

    async def _once(
        self, path: str, body: dict[str, Any], listening: Listening
    ) -> AsyncGenerator[Event]:
        streaming = self._connection.stream(path, body)
        chunks = await self._stop.unless(streaming.__aenter__())
        try:
            while True:
                chunk = await self._stop.unless(anext(chunks, None))
                match chunk:
                    case PrefillProgress():
                        yield chunk
                    case Ended():
                        return
                    case None:
                        if listening.finished:
                            return  # not every server says that it is done
                        raise Cut(
                            f"{self._base} ended the stream before the answer was "
                            "finished. What came of it is kept; send it again for a whole one."
                        )
                    case _ if chunk.error:
                        raise Cut(
                            f"The server at {self._base} failed while it answered: "
                            f"{error_text(chunk.error)}. What came of it is kept."
                        )
                    case _:
                        for event in listening.chunk(chunk):
                            yield event
        finally:
            await streaming.__aexit__(None, None, None)
