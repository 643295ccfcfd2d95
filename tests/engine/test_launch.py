"""A model over several ranks: the command, and what is said when one of them is gone."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import msgspec
import psutil
import pytest

from carnice_tui.core.events import AnswerDelta, EngineFailed, Event, ModelLoaded, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.remote.launched import LaunchedEngine
from carnice_tui.engine.remote.plan import INDEX, LaunchPlan, free_port, is_this_machine
from tests.engine.cold import Plain, message_of

FAKE = Path(__file__).with_name("fake_launcher.py")


def test_the_command_is_mlx_launch_with_mlx_lm_server() -> None:
    plan = LaunchPlan(hosts=("127.0.0.1", "10.0.0.2"), count=2, pipeline=True, port=9, python="py")
    assert plan.printed("a model") == (
        "mlx.launch --hosts 127.0.0.1,10.0.0.2 -n 2 --backend ring --starting-port 32323 -- "
        "py -m mlx_lm server --model 'a model' --host 127.0.0.1 --port 9 --pipeline"
    )
    assert plan.ranks() == 4


def test_what_cannot_work_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not this machine"):
        LaunchPlan(hosts=("192.0.2.1", "127.0.0.1")).check(tmp_path)
    with pytest.raises(EngineError, match="-n 2"):
        LaunchPlan().check(tmp_path)
    with pytest.raises(EngineError, match=INDEX):
        LaunchPlan(count=2, pipeline=True).check(tmp_path)
    (tmp_path / INDEX).write_text("{}")
    LaunchPlan(count=2, pipeline=True).check(tmp_path)


def test_a_host_file_is_read_in_both_of_its_forms(tmp_path: Path) -> None:
    hosts = [{"ssh": "one", "ips": ["127.0.0.1"]}, {"ssh": "two", "ips": ["10.0.0.2"]}]
    file = tmp_path / "hosts.json"
    for content in (hosts, {"backend": "jaccl", "hosts": hosts}):
        file.write_text(json.dumps(content))
        plan = LaunchPlan(hostfile=file)
        plan.check(tmp_path)
        assert plan.ranks() == 2
        assert f"--hostfile {file}" in plan.printed("m")


@pytest.mark.parametrize("content", ["", "{}", "[]", "[1]", '{"hosts": [{}]}', "[[]]"])
def test_a_host_file_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "hosts.json"
    file.write_text(content)
    with pytest.raises(EngineError, match=r"hosts\.json"):
        LaunchPlan(hostfile=file).check(tmp_path)


def test_this_machine_is_known_by_its_names() -> None:
    assert is_this_machine("127.0.0.1")
    assert is_this_machine(socket.gethostname())
    assert not is_this_machine("192.0.2.1")


@dataclass(frozen=True)
class FakePlan(LaunchPlan):
    pids: str = ""
    how: str = "answer"

    def command(self, model: str) -> list[str]:
        return [sys.executable, str(FAKE), str(self.port), self.pids, self.how]


@contextlib.asynccontextmanager
async def launched(
    folder: Path, how: str = "answer"
) -> AsyncIterator[tuple[LaunchedEngine, list[Event], Path]]:
    pids = folder / "pids"
    plan = FakePlan(count=2, port=free_port(), pids=str(pids), how=how)
    engine = LaunchedEngine(plan, folder / "launch.log")
    try:
        yield engine, [event async for event in engine.load(str(folder))], pids
    finally:
        await engine.close()


async def gone(process: psutil.Process) -> None:
    """Wait until a process has ended, reaped or not."""
    async with asyncio.timeout(60):
        with contextlib.suppress(psutil.NoSuchProcess):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def ask(engine: LaunchedEngine, text: str = "hello") -> list[Event]:
    return [event async for event in engine.turn(TurnRequest((Message("user", text),)))]


async def test_the_app_is_connected_once_the_ranks_have_answered(tmp_path: Path) -> None:
    async with launched(tmp_path) as (engine, events, pids):
        assert isinstance(events[-1], ModelLoaded)
        assert message_of(await ask(engine)).content == "one "
        ranks = [psutil.Process(int(pid)) for pid in pids.read_text().split()]
    for rank in ranks:  # closing ends every one
        await gone(rank)


async def test_a_dead_rank_ends_the_turn_and_says_so(tmp_path: Path) -> None:
    async with launched(tmp_path) as (engine, _, pids):
        first, second = (int(pid) for pid in pids.read_text().split())
        survivor = psutil.Process(first)
        events: list[Event] = []
        async for event in engine.turn(TurnRequest((Message("user", "wait"),))):
            events.append(event)
            if isinstance(event, AnswerDelta):
                os.kill(second, signal.SIGKILL)
        (failed,) = [event for event in events if isinstance(event, EngineFailed)]
        assert "1 of 2 ranks ended" in failed.message
        assert message_of(events).content == "one "
        assert isinstance(events[-1], TurnFinished)
        assert events[-1].reason == "failed"
        await gone(survivor)
        assert message_of(await ask(engine)).content == "one ", "the next turn starts them again"


async def test_a_rank_that_died_while_nobody_asked_is_started_again(tmp_path: Path) -> None:
    async with launched(tmp_path) as (engine, _, pids):
        first, second = (psutil.Process(int(pid)) for pid in pids.read_text().split())
        second.kill()
        await gone(first)
        assert message_of(await ask(engine)).content == "one "
        assert {first.pid, second.pid}.isdisjoint(int(pid) for pid in pids.read_text().split())


async def test_ranks_that_cannot_load_say_why(tmp_path: Path) -> None:
    async with launched(tmp_path, "ends") as (engine, events, _):
        assert isinstance(events[-1], EngineFailed)
        assert "does not support pipelining" in events[-1].message
        assert engine.model is None


def free_port_pair() -> int:
    """A port that nobody listens on, nor on the one after it: the ring takes one a rank."""
    while True:
        port = free_port()
        with contextlib.suppress(OSError, OverflowError), socket.socket() as next_one:
            next_one.bind(("127.0.0.1", port + 1))
            return port


def with_index(folder: Path, copy: Path) -> Path:
    """A copy of the model in `folder` whose index says where each weight lies."""
    shutil.copytree(folder, copy)
    (weights,) = copy.glob("*.safetensors")
    index = {"weight_map": dict.fromkeys(mx.load(str(weights)), weights.name)}
    (copy / INDEX).write_text(json.dumps(index))
    return copy


OWNER = """
import asyncio, sys
from pathlib import Path
from carnice_tui.engine.remote.fleet import Fleet

async def main(log, *command):
    await Fleet.start(list(command), 2, Path(log))
    await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_ranks_do_not_outlive_an_app_that_was_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    command = [sys.executable, str(FAKE), str(free_port()), str(pids), "answer"]
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(tmp_path / "log"), *command
    )
    async with asyncio.timeout(60):
        while not (pids.exists() and len(pids.read_text().split()) == 2):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    started = psutil.Process(owner.pid).children(recursive=True)
    assert {int(pid) for pid in pids.read_text().split()} < {child.pid for child in started}
    owner.kill()
    await owner.wait()
    for process in started:
        await gone(process)


@pytest.mark.timeout(300)  # two processes import mlx-lm, and their launcher spins
async def test_two_real_ranks_draw_the_tokens_of_one_process_and_a_dead_one_is_told(
    hybrid: Path, tmp_path: Path
) -> None:
    asked = TurnRequest(
        (Message("user", "the bug?"),), sampling=Sampling(temperature=0), max_tokens=16
    )
    model = with_index(hybrid, tmp_path / "model")
    plain = Plain(model)
    prompt = plain.prompt([{"role": "user", "content": "the bug?"}], enable_thinking=False)
    alone = plain.tokenizer.decode(plain.greedy(prompt, 16))
    plan = LaunchPlan(
        count=2,
        pipeline=True,
        port=free_port(),
        starting_port=free_port_pair(),
        python=sys.executable,
    )
    plan.check(model)
    engine = LaunchedEngine(plan, tmp_path / "launch.log")
    try:
        loaded = [event async for event in engine.load(str(model))][-1]
        assert isinstance(loaded, ModelLoaded), loaded
        started = psutil.Process().children(recursive=True)
        ranks = [p for p in started if p.cmdline()[1:4] == ["-m", "mlx_lm", "server"]]
        assert len(ranks) == 2
        events = [event async for event in engine.turn(asked)]
        assert message_of(events).content == alone
        # Long enough that only a rank's death ends it.
        endless = msgspec.structs.replace(asked, max_tokens=100_000)
        events, killed = [], 0.0
        async with asyncio.timeout(60):
            async for event in engine.turn(endless):
                events.append(event)
                if isinstance(event, AnswerDelta) and not killed:
                    ranks[1].kill()
                    killed = time.monotonic()
        print(f"a rank that died in a turn was told after {time.monotonic() - killed:.1f} s")
        (failed,) = [event for event in events if isinstance(event, EngineFailed)]
        assert "ended" in failed.message
        assert message_of(events).content, "what was said is kept"
        assert isinstance(events[-1], TurnFinished)
        await gone(ranks[0])
    finally:
        await engine.close()
