"""HTTP for clients that may be slow on purpose: headers and reading have a time limit."""

import asyncio
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from carnice_tui.serve.config import Limits


def patient_protocol(limits: Limits) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, with the time limits of `limits`.

    uvicorn itself limits neither how long headers take nor how long a client leaves an answer
    unread; the body's limit is kept where the body is read.
    """

    class PatientProtocol(H11Protocol):
        """Closes the connection of a client that takes too long."""

        _headers_due: asyncio.TimerHandle | None = None
        _reading_due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """The first request's headers are due."""
            super().connection_made(transport)
            self._headers_due = self._in(limits.header_seconds)

        def data_received(self, data: bytes) -> None:
            """Once a request has begun, the headers of the next are due anew."""
            if self._headers_due is None and self._between_requests():
                self._headers_due = self._in(limits.header_seconds)
            super().data_received(data)
            if self._headers_due is not None and not self._between_requests():
                self._headers_due.cancel()
                self._headers_due = None

        def pause_writing(self) -> None:
            """The client has stopped reading."""
            super().pause_writing()
            self._reading_due = self._in(limits.send_seconds)

        def resume_writing(self) -> None:
            """The client reads again."""
            super().resume_writing()
            self._forget_reading()

        def connection_lost(self, exc: Exception | None) -> None:
            """Nothing is due any more."""
            if self._headers_due is not None:
                self._headers_due.cancel()
            self._forget_reading()
            super().connection_lost(exc)

        def _between_requests(self) -> bool:
            cycle = cast("object | None", self.cycle)  # None until the first request
            return cycle is None or self.cycle.response_complete

        def _in(self, seconds: float) -> asyncio.TimerHandle:
            return self.loop.call_later(seconds, self.transport.abort)

        def _forget_reading(self) -> None:
            if self._reading_due is not None:
                self._reading_due.cancel()
                self._reading_due = None

    return PatientProtocol
