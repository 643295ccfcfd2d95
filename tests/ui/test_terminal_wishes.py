"""What the settings and the terminal ask for, seen in a real pseudo-terminal."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carnice_tui.core import paths
from tests.ui.terminal import Terminal

APP = Path(__file__).with_name("terminal_app.py")
Start = Callable[..., Terminal]

FOCUS_IN, FOCUS_OUT = "\x1b[I", "\x1b[O"
NO_HOST = dict.fromkeys(("TMUX", "STY", "ZELLIJ", "TERM_PROGRAM", "KITTY_WINDOW_ID"), "")
SEQUENCE = re.compile(rb"\x1b\][^\x07\x1b]*(\x07|\x1b\\)")
"""An operating system command: some end in a BEL that rings nothing."""

COLOUR = re.compile(rb"\x1b\[([\d;]*)m")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the app, and ends it whatever happens."""
    started: list[Terminal] = []

    def start(*arguments: str, **more: object) -> Terminal:
        started.append(Terminal(str(APP), *arguments, **more))
        started[-1].until("Message")
        return started[-1]

    yield start
    for terminal in started:
        terminal.kill()


def colours(raw: bytes) -> set[bytes]:
    """The colour parts of what was written."""
    return {found for found in COLOUR.findall(raw) if re.search(rb"(^|;)[34][0-8](;|$)", found)}


@pytest.mark.parametrize(
    ("focus", "host", "note", "bell"),
    [
        (FOCUS_OUT, {"TERM_PROGRAM": "WezTerm"}, True, False),
        (FOCUS_OUT, {}, False, True),
        (FOCUS_OUT, {"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x,1,0"}, False, True),
        (FOCUS_OUT + FOCUS_IN, {"TERM_PROGRAM": "WezTerm"}, False, False),
    ],
)
def test_one_who_looks_away_is_called_in_the_terminals_own_way(
    start: Start, focus: str, host: dict[str, str], note: bool, bell: bool
) -> None:
    terminal = start("--long", **{**NO_HOST, **host})
    terminal.send(focus)
    terminal.send("hello\r")
    terminal.until("A long one.")
    terminal.until("99.0 s")
    terminal.send("\x11")
    terminal.wait()

    assert (b"\x1b]9;carnice-chat: the answer is there\x07" in terminal.raw) == note
    assert (b"\x07" in SEQUENCE.sub(b"", terminal.raw)) == bell


def test_keys_of_ones_own_work_and_stand_in_the_help(start: Start) -> None:
    paths.settings_file().parent.mkdir(parents=True)
    paths.settings_file().write_text('[keys]\nhelp = "f6"\ndetails = "f12"\n')
    terminal = start(columns=100, rows=40)
    terminal.send("\x1b[17~")
    terminal.until("Keys · Esc closes")
    terminal.until("F12")
    assert re.search(r"F6 +│", terminal.text)
    terminal.send("\x1b")
    terminal.until_gone("Keys · Esc closes")
    terminal.send("\x1b[24~")
    terminal.until("Details · Esc closes")


def test_a_theme_of_ones_own_is_followed_while_it_is_written(start: Start) -> None:
    shipped = (paths.shipped("themes") / "carnice.toml").read_text()
    mine = paths.user_themes() / "mine.toml"
    mine.parent.mkdir(parents=True)
    ground = re.search(r'^background = "(#\w+)"', shipped, re.MULTILINE)
    assert ground is not None
    text = re.sub(r'^name = ".*"', 'name = "mine"', shipped, count=1, flags=re.MULTILINE)
    mine.write_text(text)
    terminal = start(CARNICE_UI_THEME="mine")

    mine.write_text(text.replace(ground[1], "#123456"))
    while b"48;2;18;52;86" not in terminal.raw:
        terminal.read(0.1)
    mine.write_text(text.replace(ground[1], "no colour"))
    terminal.until("mine.toml")
    before = len(terminal.raw)
    terminal.send("hello\r")
    terminal.until("Hello from the script.")
    assert b"48;2;18;52;86" in terminal.raw[before:]


def test_without_the_mouse_the_terminal_keeps_its_own(start: Start) -> None:
    terminal = start(CARNICE_UI_MOUSE="false")

    assert not re.search(rb"\x1b\[\?100[0236]h", terminal.raw)


def test_no_color_means_no_colour_and_what_is_chosen_is_reversed(start: Start) -> None:
    terminal = start(NO_COLOR="1")
    terminal.send("hello\r")
    terminal.until("Hello from the script.")
    terminal.send("\x1b[15~")  # F5, the themes
    terminal.until("Carnice")
    terminal.read(0.5)

    assert not colours(terminal.raw)
    chosen = next(y for y, line in enumerate(terminal.text.split("\n")) if "Carnice " in line)
    x = terminal.text.split("\n")[chosen].index("Carnice")
    assert terminal.screen.buffer[chosen][x].reverse


def test_an_empty_no_color_is_none(start: Start) -> None:
    terminal = start(NO_COLOR="")

    assert colours(terminal.raw)


def test_a_terminal_of_sixteen_colours_gets_no_more(start: Start) -> None:
    terminal = start(TERM="xterm", COLORTERM="")
    terminal.send("hello\r")
    terminal.until("Hello from the script.")

    assert not [found for found in colours(terminal.raw) if b"8;2;" in found or b"8;5;" in found]


def test_it_works_in_sixty_columns_and_fifteen_lines(start: Start) -> None:
    terminal = start(columns=60, rows=15)
    terminal.send("hello\r")
    terminal.until("Hello from the script.")
    terminal.send("\x1bOP")
    terminal.until("Keys")


@pytest.mark.parametrize("wish", ["CARNICE_UI_REDUCED_MOTION", "CARNICE_UI_SCREEN_READER"])
def test_while_the_model_is_silent_nothing_moves(start: Start, wish: str) -> None:
    terminal = start("--waits", **{wish: "true"})
    terminal.send("hello\r")
    terminal.until("hello")
    quiet = 0
    while quiet < 8:  # a spinner, a counter or a cursor that blinks would never let this end
        before = len(terminal.raw)
        terminal.read(0.2)
        quiet = quiet + 1 if len(terminal.raw) == before else 0


@pytest.mark.parametrize(
    ("editor", "told"),
    [
        ("/nowhere/editor --wait", "could not be"),
        ("'half a quote", "cannot be"),
        ("false", "false ended with 1"),
    ],
)
def test_an_editor_that_fails_is_told_and_the_app_is_there_again(
    start: Start, editor: str, told: str
) -> None:
    terminal = start(VISUAL=" ", EDITOR=editor)
    terminal.send("draft")
    terminal.until("draft")
    terminal.send("\x07")
    terminal.until(told)
    terminal.send(" goes on")
    terminal.until("draft goes on")
