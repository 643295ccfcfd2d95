"""The whole app in a real pseudo-terminal, with a real model in a real worker process."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.ui.terminal import Terminal
from tests.ui.test_terminal import left_clean

Start = Callable[..., Terminal]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Folders of its own, as environment variables."""
    return {
        "CARNICE_DATA_DIR": str(tmp_path / "data"),
        "CARNICE_STATE_DIR": str(tmp_path / "state"),
        "CARNICE_CONFIG_DIR": str(tmp_path / "config"),
    }


@pytest.fixture
def start(endless: Path, home: dict[str, str]) -> Iterator[Start]:
    """Opens the app on the tiny model that goes on and on."""
    opened: list[Terminal] = []

    def start(*flags: str) -> Terminal:
        arguments = ("-m", "carnice_tui", "--model", str(endless), "--temperature", "0", *flags)
        opened.append(Terminal(*arguments, columns=100, rows=30, **home))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.kill()


def records(home: dict[str, str]) -> list[dict]:
    """What the one session file holds, header left out; every whole line must be readable."""
    files = list(Path(home["CARNICE_DATA_DIR"], "sessions").glob("*.jsonl"))
    if not files:
        return []
    (session,) = files
    *whole, _ = session.read_text().split("\n")
    return [json.loads(line) for line in whole[1:]]


def types(home: dict[str, str]) -> list[str]:
    return [record["event"]["type"] for record in records(home)]


def worker_of(terminal: Terminal) -> psutil.Process:
    """The worker process of the app."""
    (worker,) = [
        child
        for child in psutil.Process(terminal.pid).children(recursive=True)
        if "carnice_tui.engine.worker" in child.cmdline()
    ]
    return worker


def until_saved(terminal: Terminal, home: dict[str, str], event: str) -> None:
    """Play the terminal until the session file holds such an event."""
    deadline = time.monotonic() + 20
    while event not in types(home):
        assert time.monotonic() < deadline, f"no {event} was saved"
        terminal.read(0.05)


def begin_long_answer(terminal: Terminal) -> None:
    terminal.until("Message", patience=60)
    terminal.send("go on and on\r")
    terminal.until("tok/s", patience=60)


def test_ask_think_fold_interrupt_and_leave(start: Start, home: dict[str, str]) -> None:
    terminal = start("--thinking", "on", "--max-tokens", "1800")
    begin_long_answer(terminal)
    terminal.until("Thinking")
    terminal.send("\x14")  # Ctrl+T unfolds
    terminal.send("\x1b")  # Esc interrupts
    terminal.until("first token", patience=60)
    terminal.send("\x11")  # Ctrl+Q leaves
    assert terminal.wait() == 0
    assert left_clean(terminal.raw)
    assert "reasoning_delta" in types(home)
    assert records(home)[-1]["event"]["reason"] == "cancelled"


def test_a_killed_worker_leaves_the_app_and_the_answer(start: Start, home: dict[str, str]) -> None:
    terminal = start("--thinking", "off", "--max-tokens", "1800")
    begin_long_answer(terminal)
    worker_of(terminal).kill()
    terminal.until("signal 9", patience=60)
    terminal.send("again\r")
    terminal.until("first token", patience=110)
    terminal.send("\x11")
    assert terminal.wait() == 0
    said = types(home)
    assert said.index("answer_delta") < said.index("engine_failed")
    assert "answer_delta" in said[said.index("engine_failed") :]


def test_a_killed_app_leaves_a_readable_session_and_no_worker(
    start: Start, home: dict[str, str]
) -> None:
    terminal = start("--thinking", "off", "--max-tokens", "1800")
    begin_long_answer(terminal)
    until_saved(terminal, home, "answer_delta")
    worker = worker_of(terminal)
    os.kill(terminal.pid, signal.SIGKILL)
    worker.wait(timeout=20)
    assert types(home)[:2] == ["user_message", "title_changed"]
