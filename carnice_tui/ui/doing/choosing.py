"""Choosing: the model, the thinking mode, the theme, something sent before."""

import asyncio
from typing import TYPE_CHECKING

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings_file import save_settings
from carnice_tui.core.settings_schema import fields_by_name
from carnice_tui.ui.doing.waiting import is_answering
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.models import ModelsScreen
from carnice_tui.ui.screens.picker import Choice, Picker
from carnice_tui.ui.screens.themes import pick_theme
from carnice_tui.ui.setting_values import changed

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


async def choose_model(screen: "ChatScreen") -> None:
    """Another model; the conversation stays, and goes on with it."""
    if is_answering(screen):
        return
    if screen.settings.remote.base_url:
        picker = await _served(screen)
    else:
        picker = ModelsScreen(screen.session.model, screen.settings.context_window)
    chosen = await ask(screen, picker) if picker else None
    if chosen:
        screen.session.load(chosen)


async def _served(screen: "ChatScreen") -> Picker | None:
    """The models that the server in the settings has; None where it does not say."""
    from carnice_tui.engine.remote.listed import listed_models

    remote = screen.settings.remote
    try:
        entries = await listed_models(remote.base_url, remote.api_key_env)
    except CarniceError as error:
        screen.notify(sanitize_line(str(error)), severity="error")
        return None
    choices = [
        Choice(entry.id, entry.id, f"{entry.window:,} tokens" if entry.window else "")
        for entry in entries
    ]
    title = f"Model of {remote.base_url} · the conversation stays as it is"
    return Picker(title, choices, chosen=screen.session.model, free="Type to narrow, or a name")


async def choose_thinking(screen: "ChatScreen") -> None:
    """How long the model may think."""
    budgets = screen.settings.thinking
    choices = [
        Choice("off", "off", "answers at once"),
        Choice("on", "on", "thinks as long as it likes"),
        Choice("low", "low", f"{budgets.low:,} tokens"),
        Choice("medium", "medium", f"{budgets.medium:,} tokens"),
        Choice("high", "high", f"{budgets.high:,} tokens"),
    ]
    session = screen.session
    present = session.conversation.options.request.thinking
    chosen = await ask(screen, Picker("Thinking", choices, chosen=present))
    if chosen:
        name = "bugs.thinking" if session.mode == "bugs" else "thinking.mode"
        session.use(changed(session.settings, fields_by_name()[name], chosen))


async def choose_theme(screen: "ChatScreen") -> None:
    """Other colours; Esc brings the old ones back."""
    chosen = await pick_theme(screen)
    if chosen and chosen != screen.settings.ui.theme:
        screen.settings = changed(screen.settings, fields_by_name()["ui.theme"], chosen)
        try:
            await asyncio.to_thread(save_settings, {"ui.theme": chosen})
        except (CarniceError, OSError) as error:
            screen.notify(f"The theme is not kept: {error}", severity="warning")


async def choose_history(screen: "ChatScreen") -> None:
    """Something sent before, into the composer."""
    sent = screen.composing.history.newest_first()
    if not sent:
        screen.notify("Nothing was sent before.", timeout=3)
        return
    choices = [Choice(str(index), text) for index, text in enumerate(sent)]
    chosen = await ask(screen, Picker("Sent before", choices))
    if chosen is not None:
        screen.composer.load(sent[int(chosen)])


async def rename(screen: "ChatScreen") -> None:
    """Give the conversation a title."""
    title = screen.session.conversation.tree.title
    chosen = await ask(screen, Picker("Title", [], free="A title", typed=sanitize_line(title)))
    if chosen:
        screen.session.conversation.rename(chosen)
