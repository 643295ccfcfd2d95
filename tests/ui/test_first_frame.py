"""What is painted before Textual is loaded is what Textual paints first, and in its place."""

import asyncio
import os
import signal
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pyte
import pytest

from carnice_tui.core import paths
from carnice_tui.core.events import Event
from carnice_tui.core.messages import Mode
from carnice_tui.core.settings import Remote, Screen, Sessions, Settings
from carnice_tui.engine.options import turn_options
from carnice_tui.ui.early_paint import ALTERNATE
from carnice_tui.ui.first_frame import FirstFrame
from carnice_tui.ui.themes import find_theme
from carnice_tui.ui.wardrobe import Wardrobe
from tests.cli.pseudo import Terminal
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.terminal import shown
from tests.ui.watching import sees

APP = Path(__file__).with_name("early_app.py")
PLACEHOLDER = "Enter sends"

Cell = tuple[str, str, str, bool]


class NeverLoading(ScriptedEngine):
    """Is always about to begin with the model."""

    def __init__(self) -> None:
        super().__init__([])

    async def load(self, model: str) -> AsyncIterator[Event]:
        await asyncio.Event().wait()
        yield


def look_alike(cells: list[Cell]) -> list[Cell]:
    """`cells` without what cannot be seen: the ink of a blank."""
    return [(c, "" if c == " " else ink, on, bold and c != " ") for c, ink, on, bold in cells]


WIDE, USUAL, SMALL, LEAST = (120, 40), (80, 24), (60, 15), (40, 10)
CHAT = Settings(model="owner/some-27b")
PRIVATE = Settings(ui=Screen(theme="daylight"), sessions=Sessions(save=False))
VIM = Settings(ui=Screen(theme="contrast-dark", vim_keys=True))
SERVER = Settings(remote=Remote(base_url="http://127.0.0.1:8080/v1"))
CASES = [
    *((CHAT, "chat", "", size) for size in (WIDE, USUAL, SMALL, LEAST)),
    *(
        (settings, "chat", "", size)
        for settings in (PRIVATE, VIM, SERVER)
        for size in (WIDE, USUAL)
    ),
    *((CHAT, "bugs", "", size) for size in (WIDE, USUAL, LEAST)),
    (CHAT, "chat", "half a thought", USUAL),
    (CHAT, "chat", "more than a line\n" * 3, USUAL),
    (Settings(remote=Remote(base_url="http://höst/v1")), "chat", "", USUAL),
]


@pytest.mark.parametrize(("settings", "mode", "draft", "size"), CASES)
async def test_the_early_frame_is_the_first_frame(
    settings: Settings, mode: Mode, size: tuple[int, int], draft: str, make_app: MakeApp
) -> None:
    if draft:
        paths.state_dir().mkdir(parents=True)
        (paths.state_dir() / "draft.txt").write_text(draft)
    theme = find_theme(settings.ui.theme)
    assert theme is not None
    frame = FirstFrame(settings, mode, draft)
    early = [
        [(char, ink.colour, ink.ground, ink.bold) for text, ink in row for char in text]
        for row in frame.rows(theme.colors, *size)
    ]
    assert [len(row) for row in early] == [size[0]] * size[1]

    app = make_app(
        engine=NeverLoading(), settings=settings, mode=mode, options=partial(turn_options, settings)
    )
    async with app.run_test(size=size) as pilot:
        app.chat.composer.cursor_blink = False
        await sees(pilot, "starting the")
        strips = app.screen._compositor.render_strips()
    real = [
        [
            (char, *(colour.name if colour else "" for colour in colours), bool(style.bold))
            for segment in strip
            if (style := segment.style) is not None
            for colours in [(style.color, style.bgcolor)]
            for char in segment.text
        ]
        for strip in strips
    ]
    for y, (ours, theirs) in enumerate(zip(early, real, strict=True)):
        if any(char != " " for char, *_ in ours):
            assert look_alike(ours) == look_alike(theirs), f"line {y}"


def test_it_is_painted_without_the_heavy_libraries() -> None:
    code = (
        "import sys, carnice_tui.cli.app, carnice_tui.ui.early_paint, carnice_tui.ui.history\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"textual", "rich", "markdown_it", "pygments", "asyncio"} & set(done.stdout.split())


def test_the_one_theme_that_is_read_early_is_the_one_the_app_takes(tmp_path: Path) -> None:
    wardrobe = Wardrobe()
    wardrobe.look()
    shipped = wardrobe.themes
    assert {name: find_theme(name) for name in shipped} == shipped

    own = paths.user_themes()
    own.mkdir(parents=True)
    source = (paths.shipped("themes") / "carnice.toml").read_text()
    for name, colour in (("a", "#111111"), ("b", "#222222")):
        (own / f"{name}.toml").write_text(source.replace("#14161b", colour))
    (own / "c.toml").write_text("broken")
    wardrobe.look()
    assert find_theme("carnice") == wardrobe.themes["carnice"] != shipped["carnice"]
    assert find_theme("none-such") is None


def on_a_terminal(tmp_path: Path, *arguments: str) -> Terminal:
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    env.pop("NO_COLOR", None)
    command = [sys.executable, str(APP), *arguments]
    return Terminal(command, env=env, cwd=str(tmp_path), columns=80, lines=24)


def test_the_app_takes_the_frame_over_without_a_blank_one_between(tmp_path: Path) -> None:
    with on_a_terminal(tmp_path) as terminal:
        terminal.wait_for("scripted · thinking")
        raw = terminal.raw
        terminal.type("\x11")
        assert terminal.wait() == 0
        assert terminal.is_clean()

    assert raw.count(ALTERNATE.encode()) == 1, "a second one clears the screen in many terminals"
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    came = False
    for piece in raw.replace(b"\x1b[H", b"\0\x1b[H").replace(b"\x1b[?", b"\0\x1b[?").split(b"\0"):
        stream.feed(piece)
        there = PLACEHOLDER in shown(screen) and "carnice-chat" in shown(screen)
        assert there or not came
        came = there


def test_what_is_typed_before_the_app_is_there_waits_for_it_unechoed(tmp_path: Path) -> None:
    with on_a_terminal(tmp_path, "--held") as terminal:
        terminal.wait_for(PLACEHOLDER)
        assert not termios.tcgetattr(terminal.fd)[3] & (termios.ECHO | termios.ICANON)
        terminal.type("good morning\r")
        terminal.wait_for("Hello from the script.")
        said = next(line for line in terminal.text.split("\n") if "good morning" in line)
        assert said.strip() == "› good morning"
        terminal.type("\x11")
        assert terminal.wait() == 0
        assert terminal.is_clean()


@pytest.mark.parametrize(("argument", "keys"), [("--fails", ""), ("--held", "\x03")])
def test_an_end_before_the_app_is_there_leaves_the_terminal_as_it_was(
    argument: str, keys: str, tmp_path: Path
) -> None:
    with on_a_terminal(tmp_path, argument) as terminal:
        terminal.wait_for(PLACEHOLDER if keys else "It ended early")
        if keys:
            terminal.type(keys)
        assert terminal.wait() == 1
        assert terminal.is_clean()
        left = terminal.raw.rpartition(b"\x1b[?1049l")[2]
        assert b"It ended early" in left
        assert ALTERNATE.encode() not in left


def test_a_kill_before_the_app_is_there_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with on_a_terminal(tmp_path, "--held") as terminal:
        terminal.wait_for(PLACEHOLDER)
        terminal.process.terminate()

        assert terminal.wait() == 128 + signal.SIGTERM
        assert terminal.is_clean()
