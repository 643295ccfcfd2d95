"""Options whose value may be left out, before arguments that are no value of theirs."""

from collections.abc import Callable, Mapping
from typing import ClassVar

import click

Takes = Callable[[str], bool]
"""Whether a word can be the value of an option."""


class OptionalValues(click.Command):
    """A command in which `--all src` is `--all`, and `src` an argument.

    click gives the next word to an option with an optional value whatever it is. Here the
    option takes it only if it can be its value; `--all=src` always is one, and refused as such.
    """

    takes: ClassVar[Mapping[str, tuple[str, Takes]]] = {}
    """By option: what it stands for without a value, and which words it takes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See `click.Command.parse_args`."""
        return super().parse_args(ctx, list(self._spelled_out(args)))

    def _spelled_out(self, args: list[str]) -> list[str]:
        spelled: list[str] = []
        for at, word in enumerate(args):
            if word == "--":
                return [*spelled, *args[at:]]
            alone, takes = self.takes.get(word, ("", _anything))
            following = args[at + 1] if at + 1 < len(args) else ""
            free = following and not following.startswith("-")
            spelled.append(f"{word}={alone}" if alone and not (free and takes(following)) else word)
        return spelled


def _anything(word: str) -> bool:
    return bool(word)
