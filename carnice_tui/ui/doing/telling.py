"""The sheet with every key."""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from carnice_tui.core.actions import PLACES
from carnice_tui.ui.keys import keys_of, with_keys
from carnice_tui.ui.reach import Reachable, reachable
from carnice_tui.ui.screens.sheet import show_sheet
from carnice_tui.ui.transcript.look import Look

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

_SIGNS = (
    ("/", "Commands", "Where it begins the message."),
    ("@", "Files", "Adds a file or a folder."),
)
"""What one types in the composer for more."""


async def show_help(screen: "ChatScreen") -> None:
    """Every key, from the bindings as they are set."""
    await show_keys(screen, screen.transcript.window.look)


async def show_keys(screen: Screen[Any], look: Look) -> None:
    """Every key of `screen`, from the bindings as they are set."""
    found = reachable(screen)
    has_commands = any(one.action.place == "composer" for one in found)

    def place_of(one: Reachable) -> str:
        # Elsewhere some commands have their keys too, but there is no `/` to write.
        return one.action.place or ("" if has_commands else "app")

    found.sort(key=lambda one: list(PLACES).index(place_of(one)))
    sections = (_section(place, list(actions)) for place, actions in groupby(found, place_of))
    await show_sheet(screen, "Keys", "\n".join(sections), look)


def _section(place: str, actions: list[Reachable]) -> str:
    if not place:
        return _table(("key", "command", "", ""), map(_command, actions))
    rows: list[tuple[str, ...]] = [
        (_keys(one), one.action.title, with_keys(one.action.help)) for one in actions
    ]
    if place == "composer":
        rows += _SIGNS
    if not any(row[-1] for row in rows):
        rows = [row[:-1] for row in rows]
    return f"## {PLACES[place]}\n\n{_table(('key', '', '')[: len(rows[0])], rows)}"


def _command(one: Reachable) -> tuple[str, ...]:
    action = one.action
    name = f"/{action.name}" if action.slash else ""
    return _keys(one), name, action.title, with_keys(action.help)


def _keys(one: Reachable) -> str:
    """Its keys, none of them taken for Markdown."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", keys_of(one.action.id))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
