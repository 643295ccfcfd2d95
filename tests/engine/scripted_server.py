"""A server on this machine that says exactly what a test tells it to, byte for byte."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Says:
    """One response. `held`: the connection stays open after `chunks` until the client goes;
    `cut`: it is closed in the middle of the body."""

    status: int = 200
    chunks: Sequence[bytes] = ()
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/event-stream"
    held: bool = False
    cut: bool = False


class Hangs(Says):
    """The connection is closed before a byte of an answer."""


def sse(*messages: object) -> list[bytes]:
    """Messages as a stream's chunks, its end included."""
    return [b"data: " + json.dumps(one).encode() + b"\n\n" for one in messages] + [
        b"data: [DONE]\n\n"
    ]


def delta(finish: str | None = None, **fields: object) -> dict[str, object]:
    """A chat completion chunk."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def document(value: object, status: int = 200, **headers: str) -> Says:
    """A JSON response."""
    return Says(status, [json.dumps(value).encode()], headers, kind="application/json")


MODELS = document({"object": "list", "data": [{"id": "you/tiny", "context_length": 4096}]})


class ScriptedServer:
    """Answers requests for models with `models` and all others from `script`, in order."""

    def __init__(self) -> None:
        self.script: list[Says] = []
        self.models: Says = MODELS
        self.asked: list[Asked] = []
        self.left = asyncio.Event()
        """Set once a client has gone from a response that was held."""
        self.url = ""

    @property
    def bodies(self) -> list[Any]:
        return [asked.body for asked in self.asked if asked.method == "POST"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        body = json.loads(content) if content else None
        self.asked.append(Asked(method, path, headers, body))
        says = self.models if path.endswith("/models") else self.script.pop(0)
        if isinstance(says, Hangs):
            return False
        lines = [f"HTTP/1.1 {says.status} Said", f"Content-Type: {says.kind}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in says.headers.items()]
        writer.write("\r\n".join([*lines, "Transfer-Encoding: chunked", "", ""]).encode())
        for chunk in says.chunks:
            writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        await writer.drain()
        if says.held:
            await reader.read()
            self.left.set()
            return False
        if says.cut:
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


@contextlib.asynccontextmanager
async def scripted(*script: Says) -> AsyncIterator[ScriptedServer]:
    """A server that will say `script`."""
    server = ScriptedServer()
    server.script = list(script)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
