"""Pictures of the app as SVG: nothing in them is loaded from elsewhere."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from textual.app import App

from carnice_tui.core.settings import Settings
from carnice_tui.engine.replay import Replay
from carnice_tui.sessions.read import Session
from carnice_tui.ui.replay import ReplayApp

COLUMNS, LINES = 100, 32

_REMOTE_FONT = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)

LOOK_EVERY = 0.05
"""Seconds between two looks at an app that is waited for."""


def svg_of(app: App[Any], title: str = "carnice-chat") -> str:
    """What `app` shows now, in the reader's own fixed-width font."""
    return _REMOTE_FONT.sub("", app.export_screenshot(title=title))


async def last_screen(session: Session, settings: Settings) -> str:
    """The last screen of a session, as the app would show it."""
    replay = Replay(session.records, waits_at_end=True)
    replay.finish()
    app = ReplayApp(replay, settings)
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        await shown(lambda: replay.finished and bool(app.player.thread.entries))
        app.player.timeline.display = False
        await pilot.pause()
        return svg_of(app, session.tree().title or session.header.title or session.id)


async def shown(condition: Callable[[], bool], patience: float = 60.0) -> None:
    """Wait until `condition` holds.

    Raises:
        TimeoutError: it did not within `patience` seconds.
    """
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - of what is painted there is no event
            await asyncio.sleep(LOOK_EVERY)
