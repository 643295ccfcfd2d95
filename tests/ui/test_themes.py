"""Every shipped theme can be read, and so can the text in it."""

import re
from pathlib import Path, os

import pytest
from textual.containers import Vertical
from textual.pilot import Pilot

from carnice_tui.core import paths
from carnice_tui.core.settings import Screen as ScreenWishes
from carnice_tui.core.settings import Settings
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.themed import DEFAULT_THEME
from carnice_tui.ui.themes import ThemeError, contrast, read_theme
from carnice_tui.ui.wardrobe import Wardrobe
from tests.ui.conftest import MakeApp
from tests.ui.watching import sees, sees_no, still, until

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


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's themes go; it is not there yet."""
    monkeypatch.setenv("CARNICE_CONFIG_DIR", str(tmp_path))
    return tmp_path / "themes"


def mine(ground: str = "#123456") -> str:
    """A theme called "mine"."""
    text = (paths.shipped("themes") / "carnice.toml").read_text()
    named = re.sub(r'^name = ".*"', 'name = "mine"', text, count=1, flags=re.MULTILINE)
    return re.sub(
        r'^background = ".*"', f'background = "{ground}"', named, count=1, flags=re.MULTILINE
    )


def written(file: Path, text: str, at: int) -> None:
    """Write a file, `at` a time of its own: two saves may fall within one tick of the clock."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    os.utime(file, (at, at))


def test_a_theme_of_the_user_is_offered_beside_the_shipped(own: Path) -> None:
    written(own / "mine.toml", mine(), 1)
    wardrobe = Wardrobe()

    assert wardrobe.look() == []
    assert "mine" in wardrobe.themes


def test_a_theme_that_breaks_stays_as_it_was_and_is_told_of_once(own: Path) -> None:
    written(own / "mine.toml", mine(), 1)
    wardrobe = Wardrobe()
    wardrobe.look()
    written(own / "mine.toml", mine("no colour"), 2)

    assert wardrobe.is_stale()
    (told,) = wardrobe.look()
    assert "mine.toml" in told
    assert "\n" not in told
    assert wardrobe.themes["mine"].colors.background == "#123456"

    written(own / "other.toml", mine().replace("mine", "other"), 3)
    assert wardrobe.look() == []
    assert "other" in wardrobe.themes


def test_a_theme_that_is_worn_outlives_its_file_and_no_other_does(own: Path) -> None:
    for name in ("mine", "other"):
        written(own / f"{name}.toml", mine().replace("mine", name), 1)
    wardrobe = Wardrobe()
    wardrobe.look()
    for name in ("mine", "other"):
        (own / f"{name}.toml").unlink()
    wardrobe.look("mine")

    assert "mine" in wardrobe.themes
    assert "other" not in wardrobe.themes


async def test_the_theme_that_is_wished_is_put_on_once_it_is_there(
    make_app: MakeApp, own: Path
) -> None:
    app = make_app(settings=Settings(ui=ScreenWishes(theme="mine")))
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "There is no theme 'mine'")
        assert app.theme == DEFAULT_THEME

        written(own / "mine.toml", mine(), 1)
        await until(pilot, lambda: app.theme == "mine")
        await until(pilot, lambda: _grounds(app) == {"#123456"})


async def test_a_theme_that_breaks_while_it_is_worn_is_worn_on(
    make_app: MakeApp, own: Path
) -> None:
    written(own / "mine.toml", mine(), 1)
    app = make_app(settings=Settings(ui=ScreenWishes(theme="mine")))
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: _grounds(app) == {"#123456"})
        written(own / "mine.toml", mine("no colour"), 2)
        await sees(pilot, "mine.toml is not used")
        assert _grounds(app) == {"#123456"}

        written(own / "mine.toml", mine("#202020"), 3)
        await until(pilot, lambda: _grounds(app) == {"#202020"})


def _grounds(app: CarniceApp) -> set[str]:
    """The colours of the page, of what Textual paints and of the transcript."""
    ground = app.look.text.bgcolor
    assert ground is not None
    return {ground.name, app.chat.background_colors[1].hex.lower()}


async def test_a_theme_that_was_chosen_stays_when_the_settings_are_closed(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("f5")
        await sees(pilot, "Theme")
        await pilot.press(*"light", "enter")
        await until(pilot, lambda: app.theme != DEFAULT_THEME)
        chosen = app.theme
        await pilot.press("f8")
        await sees(pilot, "Settings")
        await sees(pilot, chosen)
        await pilot.press("escape")
        await sees_no(pilot, "Settings")
        await pilot.press("f8")
        await sees(pilot, "Settings")
        await pilot.press(*"kkkk", "end", "escape")
        await sees_no(pilot, "Settings")
        assert app.theme == chosen


async def test_esc_in_the_picker_of_themes_brings_back_what_was_there(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(100, 40)) as pilot:
        before = app.theme, app.look.text
        await pilot.press("f5")
        await sees(pilot, "Theme")
        await pilot.press("down", "down")
        await until(pilot, lambda: app.theme != before[0])
        await pilot.press("escape")
        await until(pilot, lambda: (app.theme, app.look.text) == before)
        assert not paths.settings_file().exists()
