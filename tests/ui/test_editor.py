"""The person's own editor in a real pseudo-terminal, while the model goes on answering."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.terminal import Terminal

APP = Path(__file__).with_name("terminal_app.py")
OPENS, ENDS = "THE-EDITOR-IS-OPEN", "THE-EDITOR-ENDS"
Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the app with an editor of these shell lines; ends it whatever happens."""
    started: list[Terminal] = []

    def start(*lines: str, arguments: tuple[str, ...] = ()) -> Terminal:
        editor = tmp_path / "editor"
        editor.write_text("\n".join(["#!/bin/sh", f"printf {OPENS}", *lines, f"printf {ENDS}"]))
        editor.chmod(0o755)
        env = {"VISUAL": str(editor), "SAID": str(tmp_path / "said"), "MINE": str(tmp_path)}
        started.append(Terminal(str(APP), *arguments, **env))
        started[-1].until("Message")
        return started[-1]

    yield start
    for terminal in started:
        terminal.kill()


def test_an_answer_goes_on_while_the_editor_is_open_and_leaves_it_its_screen(start: Start) -> None:
    terminal = start(
        'while [ ! -e "$SAID" ]; do sleep 0.05; done',
        'printf "written elsewhere" > "$1"',
        arguments=("--streams",),
    )
    terminal.send("go\r")
    terminal.until("It begins.")
    terminal.send("\x07")
    terminal.until("written elsewhere")
    terminal.until("Line 99.")

    while_open = terminal.raw.split(OPENS.encode())[1].split(ENDS.encode())[0]
    assert while_open == b""
    terminal.send("\x1b[1;5H")  # Ctrl+Home
    terminal.until("It begins.")
    assert "Line 0." in terminal.text


def test_what_was_typed_right_before_is_in_the_editor(start: Start) -> None:
    terminal = start('printf " and this" >> "$1"')
    terminal.send("all of a long line that was typed at once\x07")
    terminal.until("typed at once and this")


def test_what_a_killed_editor_had_saved_is_taken(start: Start) -> None:
    terminal = start('printf "saved in time" > "$1"', "kill -9 $$")
    terminal.send("draft\x07")
    terminal.until("was ended by signal 9")
    terminal.until("saved in time")
    terminal.send(" and on")
    terminal.until("saved in time and on")


def test_an_editor_that_takes_its_file_away_leaves_the_message(start: Start) -> None:
    terminal = start('rm "$1"')
    terminal.send("draft\x07")
    terminal.until("left no message")
    terminal.send(" goes on")
    terminal.until("draft goes on")


def test_ctrl_c_in_an_editor_is_the_editors(start: Start) -> None:
    terminal = start(
        'trap "touch $MINE/heard" INT', 'until [ -e "$MINE/heard" ]; do sleep 0.05; done'
    )
    terminal.send("draft\x07")
    terminal.until(OPENS)
    terminal.send("\x03")
    terminal.until("draft")
    terminal.send(" goes on")
    terminal.until("draft goes on")


def test_an_app_that_is_ended_ends_its_editor_too(start: Start, tmp_path: Path) -> None:
    terminal = start('echo $$ > "$MINE/pid"', "sleep 600 & wait")
    terminal.send("draft\x07")
    terminal.until(OPENS)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        terminal.read(0.05)
    terminal.signal(signal.SIGTERM)

    assert terminal.wait() == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
