"""Pictures of every card in a dark, a light and a high-contrast theme, at two sizes."""

import pytest
from textual.pilot import Pilot

from carnice_tui.core.settings import Screen, Settings
from tests.ui import card_scripts
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import Gate, Script
from tests.ui.watching import say, screen_text, sees, until

SIZES = [(80, 24), (120, 40)]
THEMES = ["carnice", "paper", "contrast-dark"]


def cards() -> dict[str, tuple[Script, str]]:
    """What is played, and what is on the screen when all of it is."""
    return {
        "tools": (card_scripts.TOOLS, "called tools"),
        "approvals": (card_scripts.approvals(Gate()), "Alt+A allow once"),
        "review": (card_scripts.review(Gate()), "12 of 40"),
        "patch": (card_scripts.PATCH, "a apply"),
        "trouble": (card_scripts.TROUBLE, "The engine failed"),
    }


async def held(pilot: Pilot[None]) -> None:
    """Wait until the screen stands still while a turn is held at a gate, and nothing blinks."""
    chat = pilot.app.chat
    chat.composer.cursor_blink = False
    same, before = 0, ""
    while same < 3:
        await until(pilot, lambda: not chat.feed.waits)
        chat.session_changed()
        await pilot.pause(0.05)
        now = screen_text(pilot)
        same, before = (same + 1 if now == before else 0), now


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", cards())
def test_a_card(
    name: str, theme: str, size: tuple[int, int], make_app: MakeApp, snap_compare
) -> None:
    script, last = cards()[name]
    app = make_app(script, settings=Settings(ui=Screen(theme=theme)))

    async def show(pilot: Pilot[None]) -> None:
        await say(pilot, "Find what is wrong.")
        await sees(pilot, last)
        await held(pilot)

    assert snap_compare(app, terminal_size=size, run_before=show)
