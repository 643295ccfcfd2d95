"""What lies over an app's first screen: what is selected there, and how it is closed."""

from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.screen import Screen

from carnice_tui.ui.transcript.view import Transcript

UNDER = 2
"""Screens of an app on which nothing lies: Textual's own empty one, and the app's first."""


def transcript_with_selection(screen: Screen[Any]) -> Transcript | None:
    """The transcript of `screen` in which something is selected."""
    return next((one for one in screen.query(Transcript) if one.selection is not None), None)


async def close_top(app: App[Any]) -> bool:
    """Close the screen over the first one as its own key would; whether one was there."""
    if len(app.screen_stack) <= UNDER:
        return False
    top = app.screen
    await top.run_action("escape" if isinstance(top, CommandPalette) else "leave")
    return True
