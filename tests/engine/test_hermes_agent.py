"""Hermes Agent itself, where it is installed (`hermes` on the PATH): both of its commands end.

Its own dependencies are pinned too tightly to share an environment with ours:

    python -m venv elsewhere && elsewhere/bin/pip install hermes-agent
    PATH="$PATH:elsewhere/bin" python -m pytest tests/engine/test_hermes_agent.py

What it sends is also recorded, and replayed in every run of the tests (test_serve_hermes.py).
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from carnice_tui.core.events import ToolCall, ToolCallBroken, TurnFinished, TurnStats
from carnice_tui.serve.hermes.config import Pairing, merged, with_key
from tests.engine.serving import CONFIG, local_engine, served
from tests.engine.test_remote_servers import mlx_server, proxied
from tests.perf.serving_processes import widened
from tests.ui.scripted_engine import MODEL, ScriptedEngine, answer

HERMES = shutil.which("hermes")
pytestmark = [
    pytest.mark.skipif(HERMES is None, reason="Hermes Agent is not installed beside us"),
    pytest.mark.timeout(900),  # it starts in 5 s, and the toy reads its 2,500 tokens in 10
]

WINDOW = 131_072
"""Tokens; Hermes starts with no model of less than 64,000."""

WIDE = msgspec.structs.replace(MODEL, context_window=WINDOW)
FINE = "a-key-without-spaces"
ONE_SHOT, QUIET = ("-z",), ("chat", "-Q", "-q")
STATS = TurnStats(prompt_tokens=100, answer_tokens=9, context_window=WINDOW)


async def hermes(folder: Path, pairing: Pairing, *command: str) -> str:
    """What it prints when it is asked with one small tool and no rules of its own."""
    assert HERMES is not None
    (folder / "config.yaml").write_text(merged("", pairing))
    (folder / ".env").write_text(with_key("", FINE))
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = await asyncio.create_subprocess_exec(
        *(HERMES, *command, "hello", "-t", "todo", "--ignore-rules"),
        cwd=folder,
        env=alone | {"HERMES_HOME": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.parametrize("command", [ONE_SHOT, QUIET], ids=["one shot", "quiet chat"])
async def test_it_ends_with_the_answer_even_after_a_call_that_cannot_be_read(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    called = TurnFinished("tool-calls", STATS)
    engine = ScriptedEngine(
        [
            [ToolCall("call_1", "todo", {}), called],
            [ToolCallBroken("<function=todo>\n<function=todo>", "two functions"), called],
            answer("All done here."),
        ],
        load=[WIDE],
    )
    async with served(engine, replace(CONFIG, key=FINE)) as server:
        said = await hermes(tmp_path, Pairing(server.url), *command)
    assert "All done here." in said
    assert "truncated" not in said
    assert [turn.thinking for turn in engine.requests] == ["off"] * 3
    refused = engine.requests[2].messages[-1]
    assert refused.role == "tool"
    assert "unreadable_call" in refused.content


@contextlib.asynccontextmanager
async def demo_at(how: str, folder: Path) -> AsyncIterator[Pairing]:
    """The demo model with a wide window behind our server, or behind the proxy and mlx-lm's."""
    model = widened(folder / "wide", WINDOW)
    if how == "serve":
        async with (
            local_engine(folder / "log", model) as local,
            served(local, replace(CONFIG, key=FINE)) as server,
        ):
            yield Pairing(server.url)
        return
    async with (
        mlx_server(folder, model) as upstream,
        proxied(upstream, replace(CONFIG, key=FINE)) as client,
    ):
        yield Pairing(f"{client.base_url}/v1".replace("//v1", "/v1"), model="default_model")


@pytest.mark.parametrize("how", ["serve", "proxy"])
@pytest.mark.parametrize("command", [ONE_SHOT, QUIET], ids=["one shot", "quiet chat"])
async def test_the_demo_model_answers_it(
    command: tuple[str, ...], how: str, tmp_path: Path
) -> None:
    home = tmp_path / "hermes"
    home.mkdir()
    async with demo_at(how, tmp_path) as pairing:
        said = await hermes(home, pairing, *command)
    assert "Hello!" in said
    assert "truncated" not in said
