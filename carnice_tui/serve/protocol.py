"""HTTP for clients that may be slow on purpose, or many: time and connections have a limit."""

import asyncio
import sys
from http import HTTPStatus
from typing import cast

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.serve.config import Limits
from carnice_tui.serve.errors import ApiError, unavailable
from carnice_tui.serve.guard import refuse


def patient_protocol(limits: Limits) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, with the limits of `limits`.

    uvicorn itself limits neither how long headers take nor how long a client leaves an answer
    unread; the body's limit is kept where the body is read. Its own limit of connections
    answers in plain text and does not say when to come again.
    """

    async def too_many(_scope: Scope, _receive: Receive, send: Send) -> None:
        await refuse(
            send,
            unavailable(
                f"All {limits.connections:,} connections are taken: try again in a moment.",
                "too_many_connections",
            ),
        )

    class PatientProtocol(H11Protocol):
        """Closes the connection of a client that takes too long."""

        _headers_due: asyncio.TimerHandle | None = None
        _reading_due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """The first request's headers are due; one connection too many is only told so."""
            super().connection_made(transport)
            if len(self.connections) > limits.connections:
                self.app = too_many
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

        def send_400_response(self, msg: str) -> None:
            """Tell why it is no request that can be read, as every other error is told.

            uvicorn calls this while it handles the parser's error, which knows more than `msg`.
            """
            if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
                self.transport.close()  # an answer has begun: it cannot become an error
                return
            if (cycle := self._cycle()) is not None:
                cycle.disconnected = (
                    True  # its request ends here, and so needs no answer of its own
                )
                cycle.message_event.set()
            for event in _told(unreadable(sys.exception(), limits.header_bytes, msg)):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()

        def _between_requests(self) -> bool:
            cycle = self._cycle()
            return cycle is None or cycle.response_complete

        def _cycle(self) -> RequestResponseCycle | None:
            return cast("RequestResponseCycle | None", self.cycle)  # None until the first request

        def _in(self, seconds: float) -> asyncio.TimerHandle:
            return self.loop.call_later(seconds, self.transport.abort)

        def _forget_reading(self) -> None:
            if self._reading_due is not None:
                self._reading_due.cancel()
                self._reading_due = None

    return PatientProtocol


def unreadable(error: BaseException | None, header_bytes: int, told: str) -> ApiError:
    """What a client is told whose bytes are no request; `error` is the parser's, `told` its name
    for it where it gave no reason."""
    status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
    if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return ApiError(status, f"The headers are larger than {header_bytes:,} bytes.")
    reason = str(error) if isinstance(error, h11.RemoteProtocolError) else told
    return ApiError(status, f"This cannot be read as HTTP: {sanitize_line(reason)}.")


def _told(error: ApiError) -> list[h11.Response | h11.Data | h11.EndOfMessage]:
    body = error.body()
    headers = [
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("connection", "close"),
    ]
    reason = HTTPStatus(error.status).phrase
    return [
        h11.Response(status_code=error.status, headers=headers, reason=reason.encode()),
        h11.Data(data=body),
        h11.EndOfMessage(),
    ]
