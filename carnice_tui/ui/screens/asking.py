"""Asking with a screen laid over the present one."""

from typing import Any, TypeVar, cast

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

Answer = TypeVar("Answer")


def app_of(node: DOMNode) -> App[Any]:
    """The app of a widget or screen."""
    # Textual leaves open what its app returns.
    return cast("App[Any]", node.app)  # pyright: ignore[reportUnknownMemberType]


async def ask(node: DOMNode, screen: Screen[Answer]) -> Answer | None:
    """Show `screen` and give what it was left with. Only from a worker (Textual's `@work`)."""
    return await app_of(node).push_screen_wait(screen)
