"""Nothing that comes from outside commands the terminal, in any screen, at the level of bytes."""

from collections.abc import Callable, Iterator
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


F1, F2, F3, F4, F5, F7, F8, F9 = (
    *("\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[18~", "\x1b[19~", "\x1b[20~"),
)
ESCAPE, ENTER = "\x1b", "\r"
SESSIONS, PALETTE, FOLD = "\x0f", "\x10", "\x14"
EXPLAIN, OPEN, UNFOLD, EXAMPLES = "\x1bx", "\x1bj", "\x1bo", "\x1bv"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts the hostile app, and ends it whatever happens."""
    started: list[Terminal] = []
    folders = {f"CARNICE_{n}_DIR": str(tmp_path / n.lower()) for n in ("CONFIG", "DATA", "STATE")}

    def start(*arguments: str) -> Terminal:
        app = (str(APP), str(tmp_path), *arguments)
        started.append(Terminal(*app, columns=120, rows=40, **folders))
        return started[-1]

    yield start
    for terminal in started:
        terminal.kill()


def visit(terminal: Terminal, keys: str, seen: str) -> None:
    """Open a screen, wait for what it says, and close it."""
    terminal.send(keys)
    terminal.until(seen)
    terminal.send(ESCAPE)
    terminal.until_gone(seen)


def leave_and_judge(terminal: Terminal) -> None:
    """Nothing that was sent to the terminal may be a sequence of theirs."""
    terminal.send("\x11")
    terminal.wait()
    reached = [name for name, sequence in MARKED.items() if sequence in terminal.raw]
    assert reached == []
    assert "␛]52" in terminal.raw.decode(errors="replace")


@pytest.mark.parametrize("mode", ["", "--plain"])
def test_no_sequence_of_theirs_reaches_the_terminal_in_any_screen(
    start: Callable[..., Terminal], mode: str
) -> None:
    terminal = start(*filter(None, [mode]))
    terminal.until("Message")
    terminal.until("is not used")  # a theme file with sequences in it
    terminal.send("go\r")
    terminal.until("END OF ANSWER")
    terminal.until("tok/s")
    terminal.send(FOLD)
    terminal.send("\x1b[1;5H")  # up to the thinking
    terminal.until("END OF THOUGHT")
    visit(terminal, F1, "Keys · Esc closes")
    visit(terminal, F3, "as long as it likes")
    visit(terminal, F4, "EVIL ␛")  # models: one of the user's own
    visit(terminal, F5, "Daylight")
    visit(terminal, F7, "Memory and context")  # details: the model's name
    visit(terminal, F8, "generation.temperature")
    visit(terminal, F9, "Findings · 1")  # paths and BUG lines
    visit(terminal, OPEN, ">    1 EVIL")  # the finding's code
    visit(terminal, "\x12", "Sent before")
    visit(terminal, PALETTE, "Search for commands")
    terminal.send("look @EV")
    terminal.until("CLA␛[2J␛[H �2J")
    # Terminals take escapes out of what is pasted themselves; C1 and bidi controls they leave.
    terminal.send("\x1b[200~pasted \x9b2J \u202e\x1b[201~")
    terminal.until("pasted")
    terminal.send("\x1b[200~" + "chip \u202e \u2028 " * 200 + "\x1b[201~")
    terminal.until("⟦paste 1")
    terminal.send(UNFOLD)
    terminal.until("chip ␦")
    leave_and_judge(terminal)


def test_no_sequence_in_a_saved_session_reaches_the_terminal(
    start: Callable[..., Terminal],
) -> None:
    terminal = start()
    terminal.until("is not used")
    terminal.send(SESSIONS)
    terminal.until("TITLE EVIL ␛")
    terminal.until("END OF THE OTHER")  # the preview
    terminal.send("OTHER")
    terminal.until("1 found")
    terminal.send(F2)  # its title, to be changed
    terminal.until("Title")
    terminal.send(f"again{ENTER}")
    terminal.until("Renamed.")
    terminal.send(F4)
    terminal.until("Export as")
    terminal.send(ENTER)
    terminal.until("Written:")
    terminal.send(F9)  # played
    terminal.until("END OF THE OTHER")
    terminal.until("■")
    terminal.send(ESCAPE)
    terminal.until("1 found")
    terminal.send(ENTER)
    terminal.until("END OF THE OTHER")
    visit(terminal, EXAMPLES, "they play as they happened")
    leave_and_judge(terminal)
