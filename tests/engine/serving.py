"""A real server on a free port of this machine, in the test's own event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

import carnice_tui
from carnice_tui.core.events import ModelLoaded
from carnice_tui.core.settings import Generation, Settings, Thinking
from carnice_tui.engine.base import Engine
from carnice_tui.engine.local import LocalEngine
from carnice_tui.serve.app import build_app
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.run import bind, make_server

DEMO = Path(carnice_tui.__file__).parent / "models" / "demo"
KEY = "a key for tests"
SETTINGS = Settings(generation=Generation(temperature=0.0), thinking=Thinking(mode="off"))
CONFIG = ServeConfig(port=0, key=KEY, settings=SETTINGS)


@dataclass
class Served:
    """Where the server listens, and a client that has its key."""

    port: int
    client: httpx.AsyncClient
    engine: Engine

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def chat(self, text: str = "hello", **fields: object) -> httpx.Response:
        body = {"messages": [{"role": "user", "content": text}], **fields}
        return await self.client.post("/v1/chat/completions", json=body)

    async def raw(self, data: bytes) -> bytes:
        """What the server answers to these bytes until it closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        try:
            return await reader.read()
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def served(engine: Engine, config: ServeConfig = CONFIG, **limits) -> AsyncIterator[Served]:
    """Serve `engine`, whose model is loaded if it is not yet."""
    if engine.model is None:
        async for _ in engine.load("scripted"):
            pass
    config = replace(config, limits=replace(config.limits, **limits))
    listening = bind(config)
    server = make_server(engine, config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    port = listening.getsockname()[1]
    headers = {"Authorization": f"Bearer {config.key}"} if config.key else {}
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
            await _answering(client)
            yield Served(port, client, engine)
    finally:
        server.handle_exit(2, None)
        await running
        listening.close()


async def _answering(client: httpx.AsyncClient) -> None:
    """Wait until the server answers; one with short limits may cut a busy machine off."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            assert (await client.get("/health")).status_code == 200
            return


async def health_says(client: httpx.AsyncClient, name: str) -> None:
    """Wait until `/health` says that it is generating, or that somebody is waiting."""
    while True:
        if (await client.get("/health")).json()[name]:
            return
        await asyncio.sleep(0)  # the other task's turn


@contextlib.asynccontextmanager
async def app_of(
    engine: Engine, config: ServeConfig = CONFIG
) -> AsyncIterator[tuple[httpx.AsyncClient, Callable[[], None]]]:
    """A client of the application without a server (no sockets, and so much faster), and what
    stops it."""
    async for _ in engine.load("scripted"):
        pass
    app, scheduler = build_app(engine, config)
    running = asyncio.create_task(scheduler.run())
    headers = {"Authorization": f"Bearer {config.key}", "Host": "localhost"}
    transport = httpx.ASGITransport(app)
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            yield client, scheduler.close
    finally:
        scheduler.close()
        await running


@contextlib.asynccontextmanager
async def local_engine(log: Path, folder: Path = DEMO) -> AsyncIterator[LocalEngine]:
    """The demo model, or another one, in a worker of its own."""
    engine = LocalEngine(log=log)
    try:
        events = [event async for event in engine.load(str(folder))]
        assert isinstance(events[-1], ModelLoaded), events[-1]
        yield engine
    finally:
        await engine.close()
