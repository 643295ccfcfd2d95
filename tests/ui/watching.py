"""Waits for what a person would wait for: text on the screen."""

import asyncio
from collections.abc import Callable
from functools import partial

from textual.app import App
from textual.events import Paste
from textual.pilot import Pilot
from textual.worker import Worker

from carnice_tui.ui.feed import Feed
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.transcript.view import Transcript


def screen_text(pilot: Pilot[None]) -> str:
    """What is on screen now."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], object], patience: float = 40) -> None:
    """Wait until `condition` holds."""
    deadline = asyncio.get_running_loop().time() + patience
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, screen_text(pilot)
        await pilot.pause(0.01)


async def sees(pilot: Pilot[None], text: str) -> None:
    """Wait until `text` is on screen."""
    await until(pilot, lambda: text in screen_text(pilot))


async def sees_no(pilot: Pilot[None], text: str) -> None:
    """Wait until `text` is gone."""
    await until(pilot, lambda: text not in screen_text(pilot))


async def say(pilot: Pilot[None], text: str) -> None:
    """Put a line where the keyboard is, all of it at once, and send it."""
    pilot.app.post_message(Paste(text))
    await pilot.pause()
    await pilot.press("enter")


async def still(pilot: Pilot[None]) -> str:
    """Wait until nothing on the screen will change by itself; the screen as a picture.

    Two looks that are the same prove nothing while something is under way: so no turn, no
    record, no work of a screen and no callback may be left, and no cursor blinks.
    """
    app = pilot.app
    before = ""
    for _ in range(500):
        for field in app.screen.query("Input, TextArea"):
            field.cursor_blink = False
        chat = getattr(app, "chat", None)
        if chat is not None:
            feed, session = chat.feed, chat.session
            await until(pilot, partial(_is_at_rest, session, feed))
            chat.session_changed()
        await until(pilot, lambda: not any(map(_is_under_way, app.workers)))
        await until(pilot, partial(_is_painted, app))
        await pilot.pause()
        # Drawing takes longer the busier the machine is: time for what is on its way to come.
        now = app.export_screenshot(simplify=True)
        if now == before:
            return now
        before = now
    raise AssertionError("the screen never stands still:\n" + screen_text(pilot))


def _is_at_rest(session: ChatSession, feed: Feed) -> bool:
    return session.state == "ready" and not session.queue and feed._timer is None


def _is_painted(app: App[None]) -> bool:
    """Whether every transcript knows its size, and no widget has a message waiting.

    A text that was just laid over the others is blank until it does.
    """
    shown = [widget for screen in app.screen_stack for widget in screen.walk_children()]
    texts = [one for one in shown if isinstance(one, Transcript)]
    sized = all(len(one._rows) == one.size.height for one in texts)
    return sized and not any(one.message_queue_size for one in (app, *app.screen_stack, *shown))


def _is_under_way(worker: Worker[object]) -> bool:
    """Whether it will change the screen; a command that waits for an answer will not."""
    return not worker.is_finished and worker.group != "commands"
