"""The picker of themes: what is highlighted is tried on."""

from typing import cast

from textual.dom import DOMNode

from carnice_tui.ui.screens.asking import app_of, ask
from carnice_tui.ui.screens.picker import Choice, Picker
from carnice_tui.ui.themed import ThemedApp


async def pick_theme(node: DOMNode) -> str | None:
    """The theme that was chosen and is on now; None: it is as it was before."""
    app = cast("ThemedApp", app_of(node))
    before = app.theme
    choices = [
        Choice(theme.name, theme.title, "dark" if theme.dark else "light")
        for theme in app.themes.values()
    ]
    chosen = await ask(node, Picker("Theme", choices, chosen=before, preview=app.put_on))
    app.put_on(chosen or before)
    return chosen
