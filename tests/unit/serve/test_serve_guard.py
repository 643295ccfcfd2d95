"""Whom the server refuses: rebound names, foreign pages, wrong keys, bodies without end."""

import asyncio
import contextlib
import json
from dataclasses import replace

import pytest

from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import ServeError
from carnice_tui.serve.run import bind, make_server
from tests.engine.serving import CONFIG, KEY, Served, served
from tests.ui.scripted_engine import ScriptedEngine, answer

BODY = b'{"messages":[{"role":"user","content":"hi"}]}'


def request(*headers: str, body: bytes = BODY, host: str | None = "127.0.0.1") -> bytes:
    lines = [
        "POST /v1/chat/completions HTTP/1.1",
        *([f"Host: {host}"] if host is not None else []),
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def length(body: bytes = BODY) -> str:
    return f"Content-Length: {len(body)}"


AUTH = f"Authorization: Bearer {KEY}"


@contextlib.asynccontextmanager
async def listening_on(config: ServeConfig):
    """A connection to a server at an address of its own."""
    engine = ScriptedEngine()
    async for _ in engine.load("scripted"):
        pass
    listening = bind(config)
    server = make_server(engine, config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    reader, writer = await asyncio.open_connection(*listening.getsockname()[:2])
    try:
        yield reader, writer
    finally:
        writer.close()
        server.handle_exit(2, None)
        await running
        listening.close()


async def status_of(server: Served, data: bytes) -> int:
    return int((await server.raw(data)).split(b" ", 2)[1])


async def test_the_right_request_is_answered():
    async with served(ScriptedEngine([answer("a")])) as server:
        assert await status_of(server, request(AUTH, length())) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "192.168.0.9", ""),
        *("evillocalhost", "0.0.0.0", "128.0.0.1", "127.1", "[::2]", ".localhost.evil.example"),
    ],
)
async def test_a_name_that_is_not_the_servers_is_refused(host: str):
    engine = ScriptedEngine([answer("a")])
    async with served(engine) as server:
        assert await status_of(server, request(AUTH, length(), host=host)) == 403
        assert not engine.requests


async def test_an_allowed_name_and_this_machines_own_are_taken():
    config = replace(CONFIG, hosts=frozenset({"box.lan"}))
    hosts = ("box.lan:8377", "localhost:1", "[::1]:8377", "127.0.0.1", "127.0.0.2:8377")
    more = ("127.255.0.9", "LocalHost", "localhost.", "app.localhost:80", "[::ffff:127.0.0.1]")
    async with served(ScriptedEngine([answer("a")] * 10), config) as server:
        for host in (*hosts, *more):
            assert await status_of(server, request(AUTH, length(), host=host)) == 200


async def test_another_loopback_address_is_listened_on_and_asked_by_its_name():
    config = replace(CONFIG, host="127.0.0.2", key="")
    async with listening_on(config) as (reader, writer):
        writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.2\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "headers",
    [
        (f"x-api-key: {KEY}",),
        (f"X-API-Key:  {KEY} ",),
        (f"x-api-key: {KEY}", "Authorization: Bearer unused"),
        ("x-api-key: unused", AUTH),
    ],
)
async def test_the_key_may_come_as_either_header(headers: tuple[str, ...]):
    async with served(ScriptedEngine([answer("a")])) as server:
        assert await status_of(server, request(*headers, length())) == 200


@pytest.mark.parametrize(
    "headers",
    [
        ("x-api-key: wrong",),
        ("x-api-key:",),
        ("x-api-key: wrong", "Authorization: Bearer wrong"),
        (f"x-api-key: Bearer {KEY}",),
    ],
)
async def test_a_wrong_key_is_refused_in_either_header(headers: tuple[str, ...]):
    engine = ScriptedEngine([answer("a")])
    async with served(engine) as server:
        assert await status_of(server, request(*headers, length())) == 401
        assert not engine.requests


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"nonsense\r\n\r\n", 400, "cannot be read as HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "cannot be read as HTTP"),
        (b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", 400, "cannot be read as HTTP"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Host"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000, 431, "larger than 32,768 bytes"),
        (
            request(AUTH, "Transfer-Encoding: gzip", body=b""),
            501,
            "cannot be read as HTTP",
        ),
        (
            request(AUTH, "Transfer-Encoding: chunked", body=b"zz\r\n{}"),
            400,
            "cannot be read as HTTP",
        ),
    ],
)
async def test_what_is_no_http_is_told_as_every_other_error(data: bytes, status: int, said: str):
    engine = ScriptedEngine([answer("a")])
    async with served(engine) as server:
        head, _, body = (await server.raw(data)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-type: application/json" in head.lower()
        assert b"content-length: %d" % len(body) in head.lower()
        error = json.loads(body)["error"]
        assert said in error["message"]
        assert error["type"] == ("server_error" if status == 501 else "invalid_request_error")
        assert not engine.requests
        assert (await server.client.get("/health")).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000"])
async def test_a_web_page_that_was_not_allowed_is_refused_even_without_a_key(origin: str):
    engine = ScriptedEngine([answer("a")])
    async with served(engine, replace(CONFIG, key="")) as server:
        told = await server.raw(request(f"Origin: {origin}", length()))
        assert b" 403 " in told.splitlines()[0]
        assert b"access-control" not in told.lower()
        assert not engine.requests


async def test_a_cross_site_request_without_an_origin_is_refused():
    async with served(ScriptedEngine(), replace(CONFIG, key="")) as server:
        assert await status_of(server, request("Sec-Fetch-Site: cross-site", length())) == 403


async def test_an_allowed_web_page_may_ask_and_reads_the_answer():
    config = replace(CONFIG, origins=frozenset({"https://chat.example"}))
    async with served(ScriptedEngine([answer("a")]), config) as server:
        origin = {"Origin": "https://chat.example"}
        before = await server.client.options("/v1/chat/completions", headers=origin)
        assert before.status_code == 204
        told = await server.client.post("/v1/chat/completions", content=BODY, headers=origin)
        assert told.status_code == 200
        assert told.headers["access-control-allow-origin"] == "https://chat.example"


@pytest.mark.parametrize(
    "key", ["", "Authorization: Bearer", "Authorization: Bearer wrong", f"Authorization: {KEY}"]
)
async def test_a_wrong_key_is_refused_before_the_body_is_read(key: str):
    async with served(ScriptedEngine()) as server:
        headers = [key] if key else []
        assert await status_of(server, request(*headers, "Content-Length: 999", body=b"")) == 401


async def test_only_health_is_told_without_a_key_and_it_tells_little():
    async with served(ScriptedEngine()) as server:
        stranger = {"Authorization": "Bearer wrong"}
        health = await server.client.get("/health", headers=stranger)
        assert set(health.json()) == {"status", "generating", "waiting"}
        for path in ("/v1/models", "/metrics", "/anything"):
            assert (await server.client.get(path, headers=stranger)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        (AUTH, length(), "Transfer-Encoding: chunked"),
        (AUTH, length(), "Content-Length: 3"),
        (AUTH, length(), "Host: evil.example"),
        (AUTH, "Authorization: Bearer other", length()),
        (AUTH, "Transfer-Encoding: chunked, identity"),
        (AUTH, "Content-Length: +45"),
        (AUTH, length(), "X-Bad : smuggled"),
        (AUTH, length(), " folded: smuggled"),
    ],
)
async def test_headers_that_two_readers_could_read_differently_are_refused(headers: tuple[str]):
    engine = ScriptedEngine([answer("a")])
    async with served(engine) as server:
        told = await server.raw(request(*headers))
        assert int(told.split(b" ", 2)[1]) in (400, 501)
        assert not engine.requests


async def test_a_request_smuggled_behind_a_refused_one_is_not_answered():
    engine = ScriptedEngine([answer("a")])
    async with served(engine) as server:
        told = await server.raw(request("Content-Length: 0", body=request(AUTH, length())))
        assert told.count(b"HTTP/1.1 ") == 1
        assert not engine.requests


async def test_a_body_that_is_too_large_is_refused_announced_or_not():
    async with served(ScriptedEngine(), body_bytes=1000) as server:
        assert await status_of(server, request(AUTH, "Content-Length: 1001", body=b"")) == 413
        chunk = b"7d0\r\n" + b"x" * 2000 + b"\r\n"
        assert (
            await status_of(server, request(AUTH, "Transfer-Encoding: chunked", body=chunk)) == 413
        )


async def test_headers_that_are_too_large_are_refused():
    async with served(ScriptedEngine(), header_bytes=1000) as server:
        assert await status_of(server, request(AUTH, length(), "X: " + "y" * 1200)) in (400, 431)


async def test_a_body_that_comes_too_slowly_is_refused():
    async with served(ScriptedEngine(), body_seconds=0.01) as server:
        assert await status_of(server, request(AUTH, length(), body=b"{")) == 408


async def test_one_connection_too_many_is_told_so_and_when_to_come_again():
    engine = ScriptedEngine([answer("a")])
    async with served(engine, connections=1) as server:  # its client holds a connection open
        told = await server.raw(request(AUTH, length()))
        assert not engine.requests
        await server.client.aclose()
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert {b"retry-after: 5", b"connection: close", b"content-type: application/json"} <= set(
        head.lower().splitlines()
    )
    assert json.loads(body)["error"] == {
        "message": "All 1 connections are taken: try again in a moment.",
        "type": "server_error",
        "param": None,
        "code": "too_many_connections",
    }


async def test_headers_that_come_too_slowly_end_the_connection():
    async with served(ScriptedEngine(), header_seconds=0.01) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127")
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000, b'{"a":' * 70 + b"1" + b"}" * 70, b"1e999"],
)
async def test_a_body_that_is_no_plain_json_object_is_refused(body: bytes):
    async with served(ScriptedEngine()) as server:
        assert await status_of(server, request(AUTH, length(body), body=body)) == 400


@pytest.mark.parametrize(
    "header",
    ["Content-Type: text/plain", "Content-Type: application/jsonx", "Content-Encoding: gzip"],
)
async def test_a_body_of_another_type_or_packed_is_refused(header: str):
    async with served(ScriptedEngine()) as server:
        assert await status_of(server, request(AUTH, length(), header)) == 415


async def test_the_type_of_a_body_is_read_as_http_means_it():
    async with served(ScriptedEngine([answer("a")])) as server:
        told = request(AUTH, length(), "Content-Type: Application/JSON ; charset=utf-8")
        assert await status_of(server, told) == 200


async def test_binding_elsewhere_needs_a_key():
    with pytest.raises(ServeError, match="needs a key"):
        bind(ServeConfig(host="0.0.0.0", port=0))


async def test_no_request_names_a_folder_a_repository_or_an_adapter():
    engine = ScriptedEngine([answer("a")])
    async with served(engine) as server:
        for name in ("adapters", "adapter", "draft_model"):
            assert (await server.chat(**{name: "/etc"})).status_code == 400
        assert (await server.chat(model="../../etc/passwd")).json()["model"] == "scripted"
