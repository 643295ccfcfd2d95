"""Tells a turn to a client while it happens, and ends it when the client goes away."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from carnice_tui.core.events import Event, PrefillProgress
from carnice_tui.serve.config import Limits
from carnice_tui.serve.errors import ApiError, unavailable
from carnice_tui.serve.form import StreamForm, WholeForm
from carnice_tui.serve.metrics import Metrics
from carnice_tui.serve.scheduler import Ticket
from carnice_tui.serve.spoken import CallText, Said, Spoken


@dataclass
class Asked:
    """A request that has its place in line.

    `one_call` ends the turn after a tool call; with `forced` the answer is a tool call.
    """

    ticket: Ticket
    limits: Limits
    metrics: Metrics
    one_call: bool = False
    forced: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Answering(ABC):
    """The response to a request for a turn: an ASGI application, as responses are."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._spoken = Spoken(forced=asked.forced, tools=asked.ticket.request.tools)
        self._position = asked.ticket.ahead
        self._quiet_since = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        """Tell the turn, or stop it when the client is gone."""
        self._send = send
        telling = asyncio.create_task(self._tell(), name="telling a turn")
        leaving = asyncio.create_task(_gone(receive), name="watching the client")
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            self._asked.ticket.abandon()
            for task in (telling, leaving):
                task.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)
            self._asked.metrics.told(self._spoken)

    @abstractmethod
    async def _tell(self) -> None:
        """Tell the whole turn."""

    async def _events(self) -> AsyncIterator[list[Said] | None]:
        """What is said, event by event; None after each stretch of silence to the client.

        Raises:
            ApiError: the turn failed.
        """
        loop, asked = asyncio.get_running_loop(), self._asked
        self._quiet_since = loop.time()
        while True:
            try:
                async with asyncio.timeout_at(self._quiet_since + asked.limits.keepalive_seconds):
                    event: Event | None = await asked.ticket.next()
            except TimeoutError:
                self._quiet_since = loop.time()
                yield None
                continue
            if event is None:
                if self._spoken.finished is None:
                    raise unavailable("The engine broke off.")
                return
            said = self._spoken.take(event)
            if asked.one_call and any(isinstance(one, CallText) for one in said):
                asked.ticket.stop()
            if said or isinstance(event, PrefillProgress):
                yield said

    async def _refuse(self, error: ApiError) -> None:
        await self._whole_body(error.status, error.body(), error.headers)

    async def _whole_body(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        fields = {"content-length": str(len(body)), **(headers or {})}
        await self._start(status, "application/json", fields)
        await self._write(body, more=False)

    async def _start(self, status: int, kind: str, headers: Mapping[str, str]) -> None:
        fields = {
            "content-type": kind,
            "cache-control": "no-store",
            "x-queue-position": str(self._position),
            **self._asked.headers,
            **{name.lower(): value for name, value in headers.items()},
        }
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def _write(self, data: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})
        self._quiet_since = asyncio.get_running_loop().time()


class StreamAnswering(Answering):
    """Tells the turn as it happens.

    The status is held back until the engine's first event or the first keepalive, so that a
    conversation that does not fit is told as an error and not inside a stream.
    """

    def __init__(self, asked: Asked, form: StreamForm) -> None:
        super().__init__(asked)
        self._form = form
        self._begun = False

    async def _tell(self) -> None:
        try:
            async for said in self._events():
                await self._begin()
                text = self._alive() if said is None else self._told(said)
                if text:
                    await self._write(text, more=True)
        except ApiError as error:
            if not self._begun:
                await self._refuse(error)
                return
            await self._write(self._form.failure(error), more=True)
        await self._write(b"", more=False)

    def _alive(self) -> bytes:
        """Something for programs, and for whoever waits in line, how many are ahead."""
        ahead = self._asked.ticket.ahead
        return self._form.keepalive() + (f": {ahead} ahead\n\n".encode() if ahead else b"")

    def _told(self, said: list[Said]) -> bytes:
        text = b"".join(self._form.told(one) for one in said)
        return text + (self._form.closing(self._spoken) if self._spoken.finished else b"")

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            await self._start(200, "text/event-stream", {})
            await self._write(self._form.opening(), more=True)


class WholeAnswering(Answering):
    """Tells the turn when it is over."""

    def __init__(self, asked: Asked, form: WholeForm) -> None:
        super().__init__(asked)
        self._form = form

    async def _tell(self) -> None:
        try:
            async for _ in self._events():
                pass
        except ApiError as error:
            await self._refuse(error)
            return
        await self._whole_body(200, self._form.body(self._spoken))


async def _gone(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    with contextlib.suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
