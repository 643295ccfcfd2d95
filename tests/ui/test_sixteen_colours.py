"""On a terminal of sixteen colours a theme keeps its hues, and nothing vanishes in its ground."""

import re
from pathlib import Path

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from carnice_tui.core import paths
from carnice_tui.ui.early_paint import painted
from carnice_tui.ui.fewer_colours import Sixteen
from carnice_tui.ui.first_frame import Ink
from carnice_tui.ui.sixteen import ground_of, ink_of
from carnice_tui.ui.themes import ThemeFile, read_theme, rgb
from tests.ui.terminal import Terminal

APP = Path(__file__).with_name("terminal_app.py")
THEMES = [read_theme(file) for file in sorted(paths.shipped("themes").glob("*.toml"))]
RED, YELLOW, BLUE, MAGENTA = 9, 11, 12, 13


def grounds(theme: ThemeFile) -> list[str]:
    colours = theme.colors
    return [colours.background, colours.surface, colours.panel]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_no_ink_of_a_theme_becomes_its_ground(theme: ThemeFile) -> None:
    colours, code = theme.colors, theme.code
    inks = [getattr(part, name) for part in (colours, code) for name in part.__struct_fields__]
    for ground in grounds(theme):
        for ink in inks:
            # A panel's colour is the ink of the finest lines on the page.
            assert ink_of(rgb(ink), rgb(ground)) != ground_of(rgb(ground)), (ink, ground)
    for mark in (colours.text, colours.primary, colours.accent):
        on_mark = ink_of(rgb(colours.background), rgb(mark))
        assert on_mark != ground_of(rgb(mark)) != ground_of(rgb(colours.background))


def test_a_dark_theme_keeps_its_hues() -> None:
    theme = next(theme for theme in THEMES if theme.name == "carnice")
    colours = theme.colors
    page = rgb(colours.background)
    shown = {name: ink_of(rgb(getattr(colours, name)), page) for name in ("primary", "accent")}
    assert shown == {"primary": BLUE, "accent": YELLOW}
    assert ink_of(rgb(colours.error), page) == RED
    assert ink_of(rgb(theme.code.keyword), page) == MAGENTA


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_first_frame_has_the_colours_of_those_after_it(
    theme: ThemeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-16color")
    monkeypatch.delenv("COLORTERM", raising=False)
    colours = theme.colors
    for ink, ground in (
        (colours.text, colours.background),
        (colours.muted, colours.surface),
        (colours.accent, colours.background),
        (colours.background, colours.text),
    ):
        early = painted([[("x", Ink(ink, ground))]])
        style = Style(color=ink, bgcolor=ground)
        (later,) = Sixteen().apply([Segment("x", style)], Color.parse(colours.background))
        assert later.style is not None
        codes = later.style.render("x", color_system=ColorSystem.STANDARD).partition("m")[0]
        assert f"\x1b[0;{codes.removeprefix(chr(27) + '[')}mx" in early


def test_a_terminal_of_sixteen_colours_is_sent_no_others(tmp_path: Path) -> None:
    folders = {f"CARNICE_{n}_DIR": str(tmp_path / n.lower()) for n in ("CONFIG", "DATA", "STATE")}
    terminal = Terminal(str(APP), TERM="xterm-16color", COLORTERM="", **folders)
    try:
        terminal.until("carnice-chat")
        terminal.until("Message")
        terminal.send("\x11")
        terminal.wait()
    finally:
        terminal.kill()
    assert not re.search(rb"[34]8;[25];", terminal.raw)
    assert re.search(rb"\x1b\[[\d;]*94[;m]", terminal.raw), "the heading is not blue"
