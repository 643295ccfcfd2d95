"""Playing recordings over the chat: the examples, and this conversation itself."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.engine.replay import Replay
from carnice_tui.sessions.listing import shipped_sessions
from carnice_tui.sessions.read import read_session
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.picker import Choice, Picker
from carnice_tui.ui.screens.replay import ReplayScreen

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

LONGEST_PAUSE = 2.0
"""Seconds: what a person read or thought in between is not waited for."""


async def play_example(screen: "ChatScreen") -> None:
    """Choose one of the recordings that came with the app, and play it."""
    found = await asyncio.to_thread(shipped_sessions)
    if not found:
        screen.notify("This installation came without examples.")
        return
    choices = [Choice(info.file, info.title or info.id, info.model) for info in found]
    chosen = await ask(screen, Picker("Examples · they play as they happened", choices))
    if chosen is not None:
        await play(screen, Path(chosen))


async def play_this(screen: "ChatScreen") -> None:
    """Play the conversation that is open."""
    session = screen.session
    if session.file is None:
        screen.notify("Nothing of this conversation is saved to play again.")
        return
    await session.saved.flush()
    await play(screen, session.file)


async def play(screen: "ChatScreen", path: Path) -> None:
    """Play the session in `path` over the chat, until it is left."""
    try:
        recorded = await asyncio.to_thread(read_session, path)
    except CarniceError as error:
        screen.refused(error)
        return
    replay = Replay(recorded.records, max_pause=LONGEST_PAUSE, waits_at_end=True)
    title = sanitize_line(recorded.tree().title or recorded.header.title)
    look = screen.transcript.window.look
    await ask(screen, ReplayScreen(replay, look, title, screen.settings.ui))
