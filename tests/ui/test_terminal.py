"""The app in a real pseudo-terminal: what it leaves behind, and what never reaches it."""

import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carnice_tui.ui.history import Draft
from tests.ui.terminal import Terminal

APP = Path(__file__).with_name("terminal_app.py")

MODES_OFF = {b"\x1b[?1049": b"l", b"\x1b[?1000": b"l", b"\x1b[?2004": b"l", b"\x1b[?25": b"h"}
"""The alternate screen, the mouse, bracketed paste and a hidden cursor: how each ends."""


def left_clean(raw: bytes) -> bool:
    """Whether the last word about each mode is that it is off."""
    return all(
        raw[raw.rfind(mode) + len(mode) :].startswith(end) for mode, end in MODES_OFF.items()
    )


@pytest.fixture
def start() -> Iterator[object]:
    """Starts the app until it can be typed in, and ends it whatever happens."""
    started: list[Terminal] = []

    def start(*arguments: str, typing: str = "", **more: object) -> Terminal:
        terminal = Terminal(str(APP), *arguments, **more)
        started.append(terminal)
        terminal.until("Message")
        terminal.send(typing)
        terminal.until(typing)
        return terminal

    yield start
    for terminal in started:
        terminal.kill()


def test_a_conversation_and_a_clean_end(start) -> None:
    terminal = start()
    terminal.send("hello\r")
    terminal.until("Hello from the script.")
    terminal.until("Thought · 3 tokens")
    terminal.send("\x14")
    terminal.until("let me think")
    terminal.send("\x11")

    assert terminal.wait() == 0
    assert left_clean(terminal.raw)


def test_a_crash_leaves_the_terminal_clean(start) -> None:
    terminal = start("--crash")
    terminal.send("hello\r")

    assert terminal.wait() != 0
    assert left_clean(terminal.raw)
    assert terminal.raw.decode().count("boom") == 1
    assert "Traceback" not in terminal.raw.decode()


def test_a_kill_keeps_the_draft_and_leaves_the_terminal_clean(start) -> None:
    terminal = start(typing="half a thought")
    terminal.signal(signal.SIGTERM)

    assert terminal.wait() == 128 + signal.SIGTERM
    assert left_clean(terminal.raw)
    assert Draft().read() == "half a thought"


def test_a_terminal_that_goes_away_ends_the_app_and_the_draft_is_kept(start) -> None:
    terminal = start(typing="half a thought")

    assert terminal.hang_up() == 128 + signal.SIGHUP
    assert Draft().read() == "half a thought"


def test_a_draft_outlives_even_a_kill_that_cannot_be_heard(start) -> None:
    terminal = start(typing="half a thought")
    _read_until(terminal, lambda: Draft().read() == "half a thought")
    terminal.signal(signal.SIGKILL)

    assert terminal.wait() == -signal.SIGKILL
    assert Draft().read() == "half a thought"


def _read_until(terminal: Terminal, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, terminal.text
        terminal.read(0.05)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to control jobs")
def test_it_goes_into_the_background_of_a_shell_and_comes_back() -> None:
    shell = "import os; os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])"
    terminal = Terminal("-c", shell, PS1="shell> ")
    try:
        terminal.until("shell>")
        # Within another command, as `make chat` starts it: that must stop as well.
        terminal.send(f"sh -c '{sys.executable} {APP}; true'\r")
        terminal.until("Message")
        terminal.send("half a thought")
        terminal.until("half a thought")
        terminal.send("\x1a")
        terminal.until("Stopped")
        assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
        terminal.send("fg\r")
        terminal.until_gone("Stopped")
        terminal.until("half a thought")
        terminal.send("!\x11")
        terminal.until("shell>")
        terminal.send("exit\r")
        terminal.wait()
    finally:
        terminal.kill()


def test_without_a_shell_below_it_stays_in_front(start) -> None:
    terminal = start()
    terminal.send("\x1a")
    terminal.until("There is no shell below")


def test_a_handler_that_breaks_does_not_end_the_app(start) -> None:
    terminal = start("--break", columns=120)
    terminal.send("hello\r")
    terminal.until("Something in the app failed: RuntimeError: boom")
    terminal.until("Hello from the script.")
    terminal.send("\x11")

    assert terminal.wait() == 0
    assert left_clean(terminal.raw)
    assert "Traceback" not in terminal.raw.decode()
