"""The commands of the chat: what follows `/`, and the keys of its screen."""

import re
from typing import TYPE_CHECKING

from carnice_tui.core.actions import CHAT, EVERYWHERE, Action

if TYPE_CHECKING:
    from textual.binding import Binding

Command = Action
COMMANDS = CHAT

_NAMED = re.compile(r"/([a-z]+(?:-[a-z]+)*)\s*")

FUZZY_FROM = 2
"""Letters: one alone is in nearly every name."""


def command_named(text: str) -> str | None:
    """The name after the `/`, where `text` is nothing else; None where it is a message."""
    found = _NAMED.fullmatch(text)
    return found[1] if found else None


def matching(typed: str) -> list[Command]:
    """The `/` commands that fit what was typed: those that begin so, then by their letters."""
    offered = [command for command in COMMANDS if command.slash]
    begin = [command for command in offered if command.name.startswith(typed)]
    if len(typed) < FUZZY_FROM:
        return begin
    from textual.fuzzy import FuzzySearch

    fuzzy = FuzzySearch()
    scores = {
        command.name: fuzzy.match(typed, command.name)[0]
        for command in offered
        if command not in begin
    }
    rest = [command for command in offered if scores.get(command.name)]
    return begin + sorted(rest, key=lambda command: -scores[command.name])


BY_NAME = {command.name: command for command in COMMANDS}


def bindings() -> "list[Binding]":
    """The keys of all commands; those that count everywhere are the app's."""
    # The first frame names keys too, and is painted before Textual is loaded.
    from carnice_tui.ui.bound import bound

    return [
        bound(command.id, f"do('{command.name}')", overtakes=True)
        for command in COMMANDS
        if command.id not in EVERYWHERE
    ]
