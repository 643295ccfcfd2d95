"""The engine as a child process: its life, its death, and what the app sees of both."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    LoadProgress,
    ModelLoaded,
    PrefillProgress,
    Record,
    TurnFinished,
)
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.wire import Reply, pack
from carnice_tui.engine import process
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.base import Engine
from carnice_tui.engine.conversation import Conversation
from carnice_tui.engine.local import LocalEngine
from tests.engine.cold import Plain, message_of

GREEDY = TurnOptions(
    system="You find bugs.", request=TurnRequest(sampling=Sampling(temperature=0), max_tokens=24)
)
ENDLESS = TurnOptions(request=TurnRequest(sampling=Sampling(temperature=0), max_tokens=1900))


@pytest.fixture
async def engine(dense: Path, tmp_path: Path) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(log=tmp_path / "worker.log")
    events = [event async for event in engine.load(str(dense))]
    assert isinstance(events[-1], ModelLoaded)
    yield engine
    await engine.close()


def request(text: str = "hello", **options) -> TurnRequest:
    return TurnRequest((Message("user", text),), sampling=Sampling(temperature=0), **options)


async def first_text(conversation: Conversation) -> None:
    """Wait until the first words of an answer are there."""
    spoken = asyncio.Event()

    def listen(record: Record) -> None:
        if isinstance(record.event, AnswerDelta):
            spoken.set()

    conversation.sinks.append(listen)
    await spoken.wait()
    conversation.sinks.remove(listen)


async def test_it_is_an_engine(engine: LocalEngine) -> None:
    assert_engine: Engine = engine
    assert assert_engine.model is not None
    assert assert_engine.model.context_window == 2048


async def test_loading_says_how_far_it_is(dense: Path, tmp_path: Path) -> None:
    engine = LocalEngine(log=tmp_path / "worker.log")
    events = [event async for event in engine.load(str(dense))]
    progress = [event for event in events if isinstance(event, LoadProgress)]
    assert [event.stage for event in progress][:2] == ["starting", "checking"]
    assert progress[-1].done == progress[-1].total > 0
    await engine.close()


async def test_a_turn_through_the_process_is_a_cold_run_of_mlx_lm(
    engine: LocalEngine, dense: Path
) -> None:
    plain = Plain(dense)
    events = [event async for event in engine.turn(request(max_tokens=24))]
    prompt = plain.prompt([{"role": "user", "content": "hello"}], enable_thinking=False)
    drawn = [t for t in plain.greedy(prompt, 24) if t not in plain.tokenizer.eos_token_ids]
    text = bytes(plain.tokenizer.decode(drawn), "utf-8").decode()
    assert message_of(events).content.strip() == text.strip()
    assert isinstance(events[0], PrefillProgress)


async def test_every_turn_ends_with_exactly_one_finish(engine: LocalEngine) -> None:
    events = [event async for event in engine.turn(request(max_tokens=5))]
    assert [type(event) for event in events].count(TurnFinished) == 1
    assert isinstance(events[-1], TurnFinished)


async def test_an_interrupted_turn_ends_at_once_and_keeps_what_was_said(
    engine: LocalEngine,
) -> None:
    conversation = Conversation(engine, ENDLESS)
    turn = asyncio.create_task(conversation.say("go on and on"))
    await first_text(conversation)
    conversation.interrupt()
    finished = await turn
    assert finished.reason == "cancelled"
    assert 0 < finished.stats.answer_tokens < 1900
    assert conversation.tree.path()[-1].message().content


async def test_a_turn_that_nobody_reads_on_is_stopped(engine: LocalEngine) -> None:
    stream = engine.turn(request(max_tokens=1900))
    async for event in stream:
        if isinstance(event, AnswerDelta):
            break
    await stream.aclose()
    events = [event async for event in engine.turn(request("next", max_tokens=3))]
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].stats.time_to_first_token < 1.0


async def test_a_killed_worker_costs_the_turn_and_nothing_else(engine: LocalEngine) -> None:
    conversation = Conversation(engine, ENDLESS)
    turn = asyncio.create_task(conversation.say("go on and on"))
    await first_text(conversation)
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    finished = await turn
    assert finished.reason == "failed"
    node = conversation.tree.path()[-1]
    assert node.message().content
    assert node.failed is not None
    assert "signal 9" in node.failed.message
    assert engine.model is None
    conversation.options = GREEDY
    finished = await conversation.say("and now?")
    assert finished.reason in ("length", "stop")
    assert finished.stats.answer_tokens > 0


async def test_a_worker_that_died_while_idle_is_replaced_unseen(engine: LocalEngine) -> None:
    assert engine.pid is not None
    worker = psutil.Process(engine.pid)
    worker.kill()
    events: list[Event] = [event async for event in engine.turn(request(max_tokens=3))]
    if isinstance(events[0], EngineFailed):  # the death was noticed by the turn itself
        events = [event async for event in engine.turn(request(max_tokens=3))]
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].reason in ("length", "stop")


async def test_the_last_log_lines_come_with_the_failure(dense: Path, tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys\nopen(sys.argv[2], 'a').write('one\\nout of memory, says Metal\\n')\n"
        "raise SystemExit(3)\n"
    )
    engine = LocalEngine(log=tmp_path / "log", command=(sys.executable, str(script)))
    events = [event async for event in engine.load(str(dense))]
    failure = events[-1]
    assert isinstance(failure, EngineFailed)
    assert "ended with code 3" in failure.message
    assert failure.detail.endswith("out of memory, says Metal")


async def test_a_worker_that_says_nothing_is_given_up(
    dense: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "HELLO_SECONDS", 0.3)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.3)
    script = tmp_path / "worker.py"
    script.write_text("import time\ntime.sleep(60)\n")
    engine = LocalEngine(log=tmp_path / "log", command=(sys.executable, str(script)))
    events = [event async for event in engine.load(str(dense))]
    failure = events[-1]
    assert isinstance(failure, EngineFailed)
    assert "did not start" in failure.message
    assert engine.pid is None


NO_TEXT = pack(Reply(1, AnswerDelta("abc"))).replace(b"abc", b"a\xffc")
TOO_DEEP = b"\x91" * 100_000  # lists in lists in lists


@pytest.mark.parametrize(
    "noise",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x03abc",
        NO_TEXT,
        len(TOO_DEEP).to_bytes(4, "big") + TOO_DEEP,
    ],
    ids=["length", "kind", "text", "depth"],
)
async def test_bytes_that_are_no_frame_fail_the_turn(
    dense: Path, tmp_path: Path, noise: bytes
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        f"import os, sys, time\nos.write(int(sys.argv[1]), {noise!r})\ntime.sleep(60)\n"
    )
    engine = LocalEngine(log=tmp_path / "log", command=(sys.executable, str(script)))
    events = [event async for event in engine.load(str(dense))]
    failure = events[-1]
    assert isinstance(failure, EngineFailed)
    assert "no frame" in failure.message


async def test_what_is_no_text_fails_the_turn_and_not_the_engine(
    engine: LocalEngine, tmp_path: Path
) -> None:
    bad = TurnRequest((Message("user", "half of a pair: \ud83d"),))
    told, finished = [event async for event in engine.turn(bad)]
    assert isinstance(told, EngineFailed)
    assert "cannot be told" in told.message
    assert finished == TurnFinished("failed")
    good = TurnRequest((Message("user", "hi"),), max_tokens=2)
    assert [event async for event in engine.turn(good)][-1].reason == "length"
    *_, refused = [event async for event in engine.load(str(tmp_path / "\udcff"))]
    assert isinstance(refused, EngineFailed)


async def test_closing_ends_the_process(dense: Path, tmp_path: Path) -> None:
    engine = LocalEngine(log=tmp_path / "log")
    async for _ in engine.load(str(dense)):
        pass
    assert engine.pid is not None
    worker = psutil.Process(engine.pid)
    await engine.close()
    assert not worker.is_running()
    await engine.close()


def test_the_worker_ends_by_itself_when_the_app_is_killed(dense: Path, tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from carnice_tui.core.messages import Message
        from carnice_tui.core.requests import TurnRequest
        from carnice_tui.engine.local import LocalEngine

        async def main():
            engine = LocalEngine(log=Path({str(tmp_path / "log")!r}))
            async for _ in engine.load({str(dense)!r}):
                pass
            print(engine.pid, flush=True)
            async for _ in engine.turn(TurnRequest((Message("user", "on and on"),))):
                pass
            await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    app = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    worker = psutil.Process(int(app.stdout.readline()))
    app.kill()
    app.wait()
    app.stdout.close()
    assert worker.wait(timeout=20) in (0, None)


def test_nothing_the_worker_prints_reaches_the_terminal(dense: Path, tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from carnice_tui.engine.local import LocalEngine

        async def main():
            engine = LocalEngine(log=Path({str(tmp_path / "log")!r}))
            async for _ in engine.load({str(dense)!r}):
                pass
            await engine.close()

        asyncio.run(main())
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b""
    assert done.stderr == b""


def test_openblas_is_preloaded_where_the_system_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "platform", "linux")
    monkeypatch.setattr(process, "openblas", lambda: "libopenblas.so.0")
    monkeypatch.setenv("LD_PRELOAD", "libother.so")
    assert process.worker_environment()["LD_PRELOAD"] == "libopenblas.so.0 libother.so"
    monkeypatch.setattr(process, "openblas", lambda: None)
    assert process.worker_environment()["LD_PRELOAD"] == "libother.so"


def test_compiled_kernels_lie_in_a_folder_of_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process.sys, "platform", "linux")
    monkeypatch.setenv("CARNICE_CACHE_DIR", str(tmp_path / "cache"))
    folder = Path(process.worker_environment()["TMPDIR"])
    assert folder.is_relative_to(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_is_preloaded_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "platform", "darwin")
    monkeypatch.setattr(process, "openblas", lambda: "libopenblas.so.0")
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    assert "LD_PRELOAD" not in process.worker_environment()
