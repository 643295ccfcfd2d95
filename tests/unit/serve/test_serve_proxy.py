"""The proxy: thinking and sampling are rewritten, and nothing else is."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import httpx
import pytest

from carnice_tui.serve.proxy import build_proxy, rewritten
from carnice_tui.serve.run import bind, server_of
from tests.engine.serving import CONFIG, KEY

STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Odd: kept\r\n"
    b"Connection: close\r\n\r\n"
)
PIECES = [b'data: {"a" : 1}\n\n', b": a comment\n\n", b"data: \xc3", b"\xa4\n\ndata: [DONE]\n\n"]


@dataclass
class Upstream:
    """Answers every request with the same stream, and keeps what it was asked."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    cut: bool = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        length = next(
            (
                int(line.partition(b":")[2])
                for line in head.lower().splitlines()
                if line.startswith(b"content-length:")
            ),
            0,
        )
        self.bodies.append(await reader.readexactly(length))
        writer.write(STREAM)
        for piece in PIECES:
            writer.write(piece)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def proxied(key: str = KEY) -> AsyncIterator[tuple[Upstream, httpx.AsyncClient]]:
    upstream = Upstream()
    listener = await asyncio.start_server(upstream.answer, "127.0.0.1", 0)
    upstream.port = listener.sockets[0].getsockname()[1]
    config = replace(CONFIG, key=key)
    app = build_proxy(f"http://127.0.0.1:{upstream.port}/v1", config)
    listening = bind(config)
    server = server_of(app, config.limits, stopping=lambda: None)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    headers = {"Authorization": f"Bearer {KEY}"}
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=base, headers=headers) as client:
            yield upstream, client
    finally:
        server.handle_exit(2, None)
        await running
        listening.close()
        listener.close()


async def test_a_stream_passes_byte_for_byte_with_its_headers():
    async with proxied() as (_, client):
        answer = await client.post("/v1/chat/completions", json={"messages": [], "stream": True})
    assert answer.content == b"".join(PIECES)
    assert answer.headers["x-odd"] == "kept"
    assert answer.headers["content-type"] == "text/event-stream"


async def test_thinking_off_reaches_the_server_in_its_own_words():
    async with proxied() as (upstream, client):
        sent = {"think": False, "reasoning_effort": "none", "messages": [{"role": "user"}], "x": 1}
        await client.post("/v1/chat/completions", json=sent)
    assert json.loads(upstream.bodies[0]) == {
        "messages": [{"role": "user"}],
        "x": 1,
        "chat_template_kwargs": {"enable_thinking": False},
        "temperature": 0.6,
        "top_p": 0.95,
        "top_k": 20,
    }


async def test_other_paths_pass_unchanged_with_their_query():
    async with proxied() as (upstream, client):
        await client.post("/v1/completions?a=%20b", content=b'{ "think":false }')
    assert upstream.heads[0].startswith(b"POST /v1/completions?a=%20b HTTP/1.1\r\n")
    assert upstream.bodies[0] == b'{ "think":false }'


async def test_the_proxys_own_key_is_not_passed_on_and_anothers_is():
    async with proxied() as (upstream, client):
        await client.get("/v1/models")
    assert b"authorization" not in upstream.heads[0].lower()
    async with proxied(key="") as (upstream, client):
        await client.get("/v1/models")
    assert f"bearer {KEY}".encode() in upstream.heads[0].lower()


async def test_a_wrong_key_does_not_reach_the_server():
    async with proxied() as (upstream, client):
        refused = await client.get("/v1/models", headers={"Authorization": "Bearer no"})
    assert refused.status_code == 401
    assert not upstream.heads


async def test_a_server_that_is_not_there_is_a_bad_gateway():
    app = build_proxy("http://127.0.0.1:9", replace(CONFIG, key=""))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post("/v1/chat/completions", json={})
    assert answer.status_code == 502
    assert "does not answer" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("sent", "thinks"),
    [
        ({"think": False}, False),
        ({"think": True}, True),
        ({"reasoning_effort": "high"}, True),
        ({"reasoning": {"effort": "none"}}, False),
        ({"think": False, "chat_template_kwargs": {"enable_thinking": True}}, True),
        ({"chat_template_kwargs": {"other": 1}}, None),
        ({}, None),
    ],
)
def test_the_switch_is_set_only_where_the_request_says_something(
    sent: dict[str, object], thinks: bool | None
):
    told = json.loads(rewritten(json.dumps(sent).encode()))
    assert told.get("chat_template_kwargs", {}).get("enable_thinking") is thinks
    assert "think" not in told


def test_sampling_that_was_said_stays_as_it_was_said():
    told = json.loads(rewritten(b'{"temperature": 0, "top_p": 0.5}'))
    assert (told["temperature"], told["top_p"], told["top_k"]) == (0, 0.5, 20)


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b'{"a": "\xff"}', b"[" * 100_000])
def test_what_is_no_request_passes_as_it_is(body: bytes):
    assert rewritten(body) == body
