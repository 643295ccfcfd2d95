"""What is pasted stays text, whatever is in it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.ui.driver import PasteFilter
from tests.ui.terminal import Terminal

APP = Path(__file__).with_name("terminal_app.py")
START, END = "\x1b[200~", "\x1b[201~"


def filtered(*chunks: str) -> str:
    paste = PasteFilter()
    return "".join(paste.feed(chunk) for chunk in chunks)


pieces = st.lists(st.sampled_from([START, END, "\x1b", "\x1b[", "\x1b[2", "a", "\x1b[A", "0~"]))


@given(pieces, st.lists(st.integers(0, 80)))
def test_any_chunking_of_the_input_passes_the_same_on(parts: list[str], cuts: list[int]) -> None:
    text = "".join([*parts, END, "."])
    at = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    chunks = [text[a:b] for a, b in pairwise(at)]
    assert filtered(*chunks) == filtered(text)


@given(st.text("\x1b[201~\x07ab").filter(lambda text: END not in text))
def test_between_the_marks_of_a_paste_no_escape_is_left(text: str) -> None:
    passed = filtered(f"{START}{text}{END}q")
    assert passed.startswith(START)
    inside, _, after = passed[len(START) :].partition(END)
    assert "\x1b" not in inside
    assert inside == text.replace("\x1b", "␛")
    assert after == "q"


def test_keys_outside_a_paste_are_passed_on_at_once() -> None:
    paste = PasteFilter()
    assert [paste.feed(part) for part in ("\x1b", "[", "2", "\x1b[A")] == [
        "\x1b",
        "[",
        "2",
        "\x1b[A",
    ]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    folders = {f"CARNICE_{n}_DIR": str(tmp_path / n.lower()) for n in ("CONFIG", "DATA", "STATE")}
    opened = Terminal(str(APP), **folders)
    yield opened
    opened.kill()


def test_a_pasted_control_sequence_is_shown_and_the_keys_go_on_working(
    terminal: Terminal,
) -> None:
    terminal.until("Message")
    terminal.send(f"{START}x\x1b]0;PWN\x07 \x1b[15~ y\x1b{END}")
    terminal.until("x␛]0;PWN")
    terminal.until("y␛")
    assert "Daylight" not in terminal.text  # F5 would have opened the themes
    terminal.send("\x11")
    assert terminal.wait() == 0
