"""Waits for what a person would wait for: text on the screen."""

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot


def screen_text(pilot: Pilot[None]) -> str:
    """What is on screen now."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def until(pilot: Pilot[None], condition: Callable[[], object], patience: float = 10) -> None:
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
    """Type a line and send it."""
    await pilot.press(*text, "enter")
