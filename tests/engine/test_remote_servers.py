"""The remote engine against servers as they are: our own, and mlx-lm's."""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from carnice_tui.core.events import Event, ModelLoaded, ReasoningDelta, TurnFinished, TurnStats
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import JsonGuide, TurnRequest
from carnice_tui.engine.base import Engine
from carnice_tui.engine.process import worker_environment
from carnice_tui.engine.remote.engine import RemoteEngine
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.proxy import build_proxy
from carnice_tui.serve.run import bind, server_of
from tests.engine.cold import message_of
from tests.engine.serving import CONFIG, DEMO, KEY, local_engine, served

HERMES = Path(__file__).parents[1] / "data" / "hermes" / "chat.jsonl"

QUESTION = TurnRequest(
    # One that the model is sure of: the servers compute in other precisions.
    (Message("user", "What is the capital of Norway?"),),
    sampling=Sampling(temperature=0),
    max_tokens=24,
)


async def ask(engine: Engine, request: TurnRequest = QUESTION) -> list[Event]:
    return [event async for event in engine.turn(request)]


def stats(events: list[Event]) -> TurnStats:
    assert isinstance(events[-1], TurnFinished)
    return events[-1].stats


@contextlib.asynccontextmanager
async def remote(url: str, **options) -> AsyncIterator[RemoteEngine]:
    engine = RemoteEngine(url, **options)
    try:
        loaded = [event async for event in engine.load("")][-1]
        assert isinstance(loaded, ModelLoaded), loaded
        yield engine
    finally:
        await engine.close()


async def test_through_our_own_server_the_answer_is_the_local_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED_KEY", KEY)
    async with local_engine(tmp_path / "log") as local:
        here = await ask(local)
        async with served(local) as server, remote(server.url, key_variable="SERVED_KEY") as engine:
            there = await ask(engine)
            held = TurnRequest(
                QUESTION.messages, guide=JsonGuide({"const": 7}), sampling=QUESTION.sampling
            )
            assert message_of(await ask(engine, held)).content == "7"
            for thinking in ("off", "on"):
                await goes_on(engine, msgspec.structs.replace(QUESTION, thinking=thinking))
            await answers_now(engine)
            await hermes_thinks_no_token(server.client)
    assert message_of(there) == message_of(here)
    assert stats(there).prompt_tokens == stats(here).prompt_tokens
    assert stats(there).cached_tokens > 0
    assert stats(there).context_window == stats(here).context_window


async def goes_on(engine: Engine, question: TurnRequest) -> None:
    """An answer that was cut, while the model thought or spoke, ends as it would have."""
    whole = message_of(await ask(engine, question))
    begun = message_of(await ask(engine, msgspec.structs.replace(question, max_tokens=9)))
    assert len(begun.content + begun.reasoning) < len(whole.content + whole.reasoning)
    resumed = msgspec.structs.replace(
        question, messages=(*question.messages, begun), resume=True, max_tokens=15
    )
    rest = message_of(await ask(engine, resumed))
    assert begun.reasoning + rest.reasoning == whole.reasoning
    assert begun.content + rest.content == whole.content


async def answers_now(engine: RemoteEngine) -> None:
    """A thought is broken off and answered at once."""
    question = msgspec.structs.replace(QUESTION, thinking="on", max_tokens=200)
    events: list[Event] = []
    async for event in engine.turn(question):
        events.append(event)
        if isinstance(event, ReasoningDelta):
            engine.answer_now()
    hurried, thought = message_of(events), message_of(await ask(engine, question)).reasoning
    assert hurried.content
    assert thought.startswith(hurried.reasoning)
    assert len(hurried.reasoning) < len(thought)


async def test_through_the_server_of_mlx_lm_the_answer_is_the_local_one(tmp_path: Path) -> None:
    async with mlx_server(tmp_path) as url, remote(url) as engine:
        there = await ask(engine)
        async with proxied(url) as client:
            # It takes a model's name for a folder or a repository.
            await hermes_thinks_no_token(client, model=str(DEMO))
    async with local_engine(tmp_path / "log") as local:
        here = await ask(local)
    assert message_of(there) == message_of(here)
    assert stats(there).prompt_tokens == stats(here).prompt_tokens
    assert stats(there).answer_tokens >= stats(here).answer_tokens - 1


@contextlib.asynccontextmanager
async def mlx_server(folder: Path, model: Path = DEMO) -> AsyncIterator[str]:
    """`mlx_lm.server` with the demo model, or another one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The list of models scans the hub's cache, which must be there.
    environment = worker_environment() | {"HF_HUB_CACHE": str(folder), "HF_HUB_OFFLINE": "1"}
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mlx_lm.server", "--model", str(model)),
            *("--host", "127.0.0.1", "--port", str(port)),
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            while process.returncode is None:
                with contextlib.suppress(httpx.TransportError):
                    await client.get(f"{url}/health")
                    break
                await asyncio.sleep(0.1)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def hermes_thinks_no_token(client: httpx.AsyncClient, **changed: object) -> None:
    """Its recorded requests, but for their length and what is `changed`, end without a thought."""
    recorded = [json.loads(line) for line in HERMES.read_text().splitlines()]
    bodies = [asked["body"] for asked in recorded if asked["method"] == "POST"]
    assert all(body["think"] is False for body in bodies)
    answers: list[str] = []
    for body in bodies:
        # A toy may go on until its window is full, which takes minutes and tells nothing more.
        said, thought, ended = await heard(client, body | {"max_tokens": 48} | changed)
        assert ended in ("stop", "length", "tool_calls")
        assert not thought
        answers.append(said)
    assert any(answers)  # to some of an agent's prompts a toy has nothing to say


async def heard(client: httpx.AsyncClient, body: dict[str, object]) -> tuple[str, str, str]:
    """What is said and what is thought in a stream, and why it ended."""
    said = thought = ended = ""
    async with client.stream("POST", "/v1/chat/completions", json=body, timeout=None) as response:
        assert response.status_code == 200, await response.aread()
        async for line in response.aiter_lines():
            if line == "data: [DONE]":
                break
            chunk = json.loads(line[6:]) if line.startswith("data: {") else {}
            for choice in chunk.get("choices", ()):
                delta = choice["delta"]
                said += delta.get("content") or json.dumps(delta.get("tool_calls") or "")[1:-1]
                thought += delta.get("reasoning") or delta.get("reasoning_content") or ""
                ended = choice.get("finish_reason") or ended
            details = (chunk.get("usage") or {}).get("completion_tokens_details") or {}
            assert not details.get("reasoning_tokens")
    return said, thought, ended


@contextlib.asynccontextmanager
async def proxied(upstream: str, config: ServeConfig = CONFIG) -> AsyncIterator[httpx.AsyncClient]:
    """The proxy before `upstream`, on a port of its own."""
    listening = bind(config)
    server = server_of(build_proxy(upstream, config), config.limits, stopping=lambda: None)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        headers = {"Authorization": f"Bearer {config.key}"}
        async with httpx.AsyncClient(base_url=base, headers=headers) as client:
            yield client
    finally:
        server.handle_exit(2, None)
        await running
        listening.close()
