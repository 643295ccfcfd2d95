"""Every shipped theme can be read, and so can the text in it."""

from pathlib import Path

import pytest
from textual.containers import Vertical
from textual.pilot import Pilot

from carnice_tui.core import paths
from carnice_tui.ui.themes import ThemeError, contrast, load_themes, read_theme
from tests.ui.conftest import MakeApp
from tests.ui.watching import sees, still

SHIPPED = sorted(paths.shipped("themes").glob("*.toml"))


def test_at_least_eight_are_shipped_dark_and_light() -> None:
    themes = [read_theme(file) for file in SHIPPED]

    assert len(themes) >= 8
    assert {theme.dark for theme in themes} == {True, False}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_text_is_readable_on_every_ground_it_stands_on(file: Path) -> None:
    theme = read_theme(file)
    colours, code = theme.colors, theme.code
    on_page = {
        name: getattr(colours, name)
        for name in ("text", "muted", "primary", "accent", "success", "warning", "error")
    }
    on_surface = {name: getattr(code, name) for name in code.__struct_fields__}
    on_surface |= {name: on_page[name] for name in ("text", "muted", "accent", "success", "error")}

    poor = {
        name: round(contrast(colour, ground), 2)
        for ground, inks in (
            (colours.background, on_page),
            (colours.surface, on_surface),
            (colours.panel, {"text": colours.text, "muted": colours.muted}),
        )
        for name, colour in inks.items()
        if contrast(colour, ground) < 4.5
    }
    assert poor == {}
    assert contrast(colours.background, colours.primary) >= 4.5


SCREENS = {
    "chat": ((), "Enter sends"),
    "thinking": (("f3",), "Type to narrow"),
    "settings": (("f8",), "unset"),
    "sessions": (("ctrl+o",), "example"),
    "palette": (("ctrl+p",), "Search for commands"),
}
"""Keys that open a screen, and what it then says."""


@pytest.mark.parametrize("name", SCREENS)
async def test_what_a_screen_says_is_readable_in_every_shipped_theme(
    name: str, make_app: MakeApp
) -> None:
    keys, said = SCREENS[name]
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press(*keys)
        await sees(pilot, said)
        poor: dict[str, object] = {}
        for file in SHIPPED:
            app.theme = file.stem
            await still(pilot)
            poor |= {f"{file.stem}: {text}": ratio for text, ratio in _poor(pilot)}
        assert poor == {}


def _poor(pilot: Pilot[None]) -> list[tuple[str, float]]:
    """The words in front that have too little contrast: what a dialog covers is dimmed."""
    screen = pilot.app.screen
    front = next(iter(screen.query(Vertical)), screen).region
    found: list[tuple[str, float]] = []
    for strip in screen._compositor.render_strips()[front.y : front.bottom]:
        for segment in strip.crop(front.x, front.right):
            style = segment.style
            if style is None or not any(char.isalnum() for char in segment.text):
                continue
            assert style.color is not None
            assert style.bgcolor is not None
            ratio = contrast(style.color.name, style.bgcolor.name)
            if ratio < 4.5:
                found.append((segment.text.strip(), round(ratio, 2)))
    return found


def test_a_theme_with_a_wrong_colour_is_left_out_and_the_reason_told(tmp_path: Path) -> None:
    text = SHIPPED[0].read_text().replace('text = "', 'text = "red')
    (tmp_path / "mine.toml").write_text(text)

    with pytest.raises(ThemeError, match=r"mine\.toml.*colors\.text"):
        read_theme(tmp_path / "mine.toml")


def test_a_theme_of_the_user_is_offered_beside_the_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARNICE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "themes").mkdir()
    text = SHIPPED[0].read_text()
    name = read_theme(SHIPPED[0]).name
    (tmp_path / "themes" / "mine.toml").write_text(text.replace(f'"{name}"', '"mine"', 1))

    themes, problems = load_themes()
    assert "mine" in themes
    assert problems == []
