"""The wire to an endpoint: requests out, chunks in, and each failure under its own name.

httpx is imported when the first request goes out: nobody who chats locally waits for it.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from carnice_tui.core.events import PrefillProgress
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.remote.address import Address
from carnice_tui.engine.remote.chunks import Chunk, ModelList
from carnice_tui.engine.remote.problems import Refusal, message_in, retry_after
from carnice_tui.engine.remote.sse import Comment, EventReader, MalformedStream, Message

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 600.0
"""A server may read a long prompt without a word: 60,000 tokens at 110 a second."""

MOST_ERROR_BYTES = 64 * 1024
_PROGRESS = re.compile(rb"keepalive (\d{1,9})/(\d{1,9})")
"""How mlx_lm.server tells its prefill, in comments."""


class Unreached(EngineError):
    """No answer came, and none was begun: asking again is safe."""


class Cut(EngineError):
    """The connection ended in the middle of an answer."""


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class Ended:
    """The server said that the stream is done."""


def key_in(variable: str) -> str:
    """The key in an environment variable; "" where none is named.

    Raises:
        EngineError: the variable is not set, or holds what no header can.
    """
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EngineError(
            f"The environment variable {variable}, which should hold the server's key, is not set."
        )
    if not (key.isascii() and key.isprintable()):
        raise EngineError(f"The key in {variable} holds characters that cannot be sent.")
    return key


class Connection:
    """One client of one endpoint."""

    def __init__(self, address: Address, key: str) -> None:
        import httpx

        self._address = address
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, write=60.0),
            # A proxy of the environment is for the world outside, not for this machine.
            trust_env=not address.loopback,
        )

    async def models(self) -> tuple[ModelList, str]:
        """What the server lists, and the name it gives itself.

        A list that is missing or cannot be read is an empty one: not every server has it.

        Raises:
            Refused: with any other error status.
            Unreached: nobody answers.
        """
        async with self._answer("GET", "models", None) as response:
            try:
                with self._cut():
                    content = await response.aread()
                listed = msgspec.json.decode(content, type=ModelList)
            except (msgspec.MsgspecError, Cut):
                listed = ModelList()
        return listed, response.headers.get("server", "")

    @asynccontextmanager
    async def stream(
        self, path: str, body: dict[str, Any]
    ) -> AsyncGenerator[AsyncGenerator[Chunk | PrefillProgress | Ended]]:
        """The chunks of an answer. Raises as `models`, and `Cut` in the middle."""
        async with self._answer("POST", path, body) as response:
            yield self._chunks(response)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> AsyncGenerator[httpx.Response]:
        """A response that is no refusal."""
        import httpx

        request = self._client.build_request(method, self._address.at(path), json=body)
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, OSError) as error:
            raise Unreached(self._why(error)) from error
        try:
            if response.status_code >= 300:
                with self._cut():
                    refusal = await _refusal(response)
                raise Refused(refusal)
            yield response
        finally:
            await response.aclose()

    @contextmanager
    def _cut(self) -> Generator[None]:
        """What goes wrong while an answer is read, under our own name."""
        import httpx

        try:
            yield
        except (httpx.HTTPError, OSError) as error:
            raise Cut(
                f"The connection to {self._address.base} ended in the middle of the answer "
                f"({_said(error)}). What came of it is kept; send it again for a whole one."
            ) from error

    async def _chunks(
        self, response: httpx.Response
    ) -> AsyncGenerator[Chunk | PrefillProgress | Ended]:
        with self._cut():
            if "json" in response.headers.get("content-type", ""):
                yield self._decoded(await response.aread())
                yield Ended()
                return
            async for event in self._events(response):
                if isinstance(event, Comment):
                    if (told := _PROGRESS.fullmatch(event.text)) is not None:
                        yield PrefillProgress(int(told[1]), int(told[2]))
                elif event.data.strip() == b"[DONE]":
                    yield Ended()
                    return
                else:
                    yield self._decoded(event.data)

    async def _events(self, response: httpx.Response) -> AsyncGenerator[Comment | Message]:
        reader = EventReader()
        try:
            async for data in response.aiter_bytes():
                for event in reader.feed(data):
                    yield event
        except MalformedStream as error:
            raise Cut(f"{self._address.base} sent {error}: this is no chat endpoint.") from error

    def _decoded(self, data: bytes) -> Chunk:
        try:
            return msgspec.json.decode(data, type=Chunk)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise Cut(
                f"{self._address.base} sent what is no chat completion ({error}). "
                "Is the address that of an OpenAI-compatible endpoint (…/v1)?"
            ) from error

    def _why(self, error: Exception) -> str:
        import httpx

        base, said = self._address.base, _said(error)
        if "CERTIFICATE" in said.upper() or "SSL" in said.upper():
            return (
                f"The server at {base} has a certificate that is not trusted here ({said}). "
                "For one of your own, name its authority in SSL_CERT_FILE."
            )
        if isinstance(error, httpx.ConnectTimeout):
            return f"Nobody answered at {base} within {CONNECT_SECONDS:.0f} s. Is the host right?"
        if isinstance(error, httpx.ConnectError):
            return f"Nobody listens at {base} ({said}). Start the server, or check --base-url."
        if isinstance(error, httpx.TimeoutException):
            return f"The server at {base} took the request and said nothing: {said}."
        return f"The server at {base} broke off before it answered ({said})."


async def _refusal(response: httpx.Response) -> Refusal:
    content = bytearray()
    async for data in response.aiter_bytes():
        content += data
        if len(content) > MOST_ERROR_BYTES:
            break
    text = message_in(bytes(content))
    if response.status_code < 400:
        text = f"it points to {response.headers.get('location', 'elsewhere')}: give that address"
    return Refusal(response.status_code, text, retry_after(response.headers.get("retry-after")))


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
