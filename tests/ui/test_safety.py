"""Nothing that comes from outside commands the terminal, in any screen, at the level of bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.terminal import Terminal

APP = Path(__file__).with_name("hostile_app.py")

MARKED = {
    "clipboard": b"\x1b]52;c;UFdORUQ",
    "title": b"\x1b]0;PWN",
    "link": b"\x1b]8;;http://evil.invalid",
    "clear": b"CLA\x1b[2J",
    "C1": b"\xc2\x9b2J",
    "C1 title": b"\xc2\x9d0;PWN",
    "bell": b"BEA\x07",
    "backspace": b"BSA\x08",
    "return": b"CRA\rCRB",
    "delete": b"DLA\x7f",
    "bidi": "\u202e".encode(),
    "zero width": "\u200b".encode(),
    "separator": "\u2028".encode(),
}


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    folders = {f"CARNICE_{n}_DIR": str(tmp_path / n.lower()) for n in ("CONFIG", "DATA", "STATE")}
    opened = Terminal(str(APP), str(tmp_path), columns=120, rows=40, **folders)
    yield opened
    opened.kill()


def test_no_sequence_of_theirs_reaches_the_terminal_in_any_screen(terminal: Terminal) -> None:
    terminal.until("Message")
    terminal.until("is not used")  # a theme file with sequences in it
    terminal.send("go\r")
    terminal.until("END OF ANSWER")
    terminal.until("tok/s")
    terminal.send("\x14\x1b[1;5H")  # thinking unfolded, and up to it
    terminal.until("END OF THOUGHT")
    for key, seen in (
        ("\x1b[18~", "Memory and context"),  # F7, details: the model's name
        ("\x1b[20~", "Findings · 1"),  # F9: paths and BUG lines
        ("\x1bj", ">    1 EVIL"),  # Alt+J: the finding's code
        ("\x0f", " found"),  # Ctrl+O, sessions: titles
        ("\x12", "Sent before"),  # Ctrl+R, history
        ("\x1b[15~", "Daylight"),  # F5, themes
        ("\x1bOS", "EVIL ␛"),  # F4, models: one of the user's own
        ("\x1b[19~", "generation.temperature"),  # F8, settings
    ):
        terminal.send(key)
        terminal.until(seen)
        terminal.send("\x1b")
        terminal.until_gone(seen)
    terminal.send("look @EV")
    terminal.until("CLA␛[2J␛[H �2J")
    # Terminals take escapes out of what is pasted themselves; C1 and bidi controls they leave.
    terminal.send("\x1b[200~pasted \x9b2J \u202e\x1b[201~")
    terminal.until("pasted")
    terminal.send("\x11")
    terminal.wait()

    reached = [name for name, sequence in MARKED.items() if sequence in terminal.raw]
    assert reached == []
    assert "␛]52" in terminal.raw.decode(errors="replace")
