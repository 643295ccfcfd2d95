"""A click group whose commands are imported only when one of them is run."""

from importlib import import_module
from typing import Any, NamedTuple, cast

import click

from carnice_tui.cli.extras import need_extra


class LazyCommand(NamedTuple):
    """Where a command is defined, the line that the list of commands shows for it, and the extra
    of ours, if any, that it needs installed."""

    module: str
    attribute: str
    summary: str
    extra: str = ""


class LazyGroup(click.Group):
    """Lists its commands without importing them."""

    lazy: dict[str, LazyCommand]

    def __init__(self, *args: Any, lazy: dict[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        """The names, in the order they were given."""
        return list(self.lazy)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's form
        cmd_name: str,
    ) -> click.Command | None:
        """Import the command `cmd_name`.

        Raises:
            UsageError: it needs packages that are not installed.
        """
        found = self.lazy.get(cmd_name)
        if found is None:
            return None
        if found.extra:
            need_extra(found.extra)
        return cast("click.Command", getattr(import_module(found.module), found.attribute))

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's form
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self.lazy.items()])
