"""The settings and the sessions: screens of their own."""

from typing import TYPE_CHECKING

from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.sessions import SessionsScreen
from carnice_tui.ui.screens.settings import SettingsScreen

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


async def show_settings(screen: "ChatScreen") -> None:
    """Everything that can be set; changes count from the next turn."""
    changed = await ask(screen, SettingsScreen(screen.settings))
    if changed is not None and changed != screen.settings:
        screen.apply_settings(changed)


async def show_sessions(screen: "ChatScreen") -> None:
    """Another conversation."""
    if screen.session.state == "busy":
        screen.notify("The model is still answering: Esc stops it.", markup=False)
        return
    path = await ask(screen, SessionsScreen(screen.sessions_folder))
    if path is not None:
        await screen.open_session(path)
