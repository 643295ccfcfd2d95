"""A click group whose commands are imported only when one of them is run."""

from importlib import import_module
from typing import NamedTuple, cast

import click


class LazyCommand(NamedTuple):
    """Where a command is defined, and the line that the list of commands shows for it."""

    module: str
    attribute: str
    summary: str


class LazyGroup(click.Group):
    """Lists its commands without importing them."""

    lazy: dict[str, LazyCommand]

    def __init__(self, *args: object, lazy: dict[str, LazyCommand], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # pyright: ignore[reportArgumentType]
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order they were given."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command `cmd_name`."""
        found = self.lazy.get(cmd_name)
        if found is None:
            return None
        return cast("click.Command", getattr(import_module(found.module), found.attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self.lazy.items()])
