"""The settings: a screen of their own."""

from typing import TYPE_CHECKING

from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.settings import SettingsScreen

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


async def show_settings(screen: "ChatScreen") -> None:
    """Everything that can be set; changes count from the next turn."""
    changed = await ask(screen, SettingsScreen(screen.settings))
    if changed is not None and changed != screen.settings:
        screen.apply_settings(changed)
