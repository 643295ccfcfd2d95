"""Flags that set a setting for one run: their types, ranges and help are the setting's own."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from carnice_tui.core.settings_file import COMMAND_LINE, PREFIX, LoadedSettings, load_settings
from carnice_tui.core.settings_schema import SettingField, fields_by_name

Command = TypeVar("Command", bound=Callable[..., object])


class SettingOption(click.Option):
    """A flag that stands for the setting `setting`; None when it was not given."""

    def __init__(self, param_decls: list[str], setting: str) -> None:
        field = fields_by_name()[setting]
        super().__init__(
            param_decls,
            type=_click_type(field),
            default=None,
            multiple=field.kind == "list",
            help=field.doc,
            metavar=None if field.kind in ("choice", "switch") else _metavar(field),
        )
        self.setting = setting


MODEL_FLAGS = (
    (["-m", "--model"], "model"),
    (["--system"], "system"),
    (["--thinking"], "thinking.mode"),
    (["--temperature"], "generation.temperature"),
    (["--top-p"], "generation.top_p"),
    (["--top-k"], "generation.top_k"),
    (["--seed"], "generation.seed"),
    (["--max-tokens"], "generation.max_tokens"),
    (["--stop"], "generation.stop"),
    (["--context-window"], "context_window"),
)
"""What is asked and how it is answered."""

REMOTE_FLAGS = (
    (["--base-url"], "remote.base_url"),
    (["--api-key-env"], "remote.api_key_env"),
)
"""Who answers, where it is not this machine."""

APP_FLAGS = (
    (["--theme"], "ui.theme"),
    (["--save/--no-save"], "sessions.save"),
)
"""What only conversations have."""


def setting_flags(
    *groups: tuple[tuple[list[str], str], ...],
) -> Callable[[Command], Command]:
    """Give a command the flags of `groups`."""

    def decorate(command: Command) -> Command:
        for declarations, setting in reversed([flag for group in groups for flag in group]):
            command = click.option(*declarations, cls=SettingOption, setting=setting)(command)
        return command

    return decorate


def settings_of(ctx: click.Context) -> LoadedSettings:
    """The settings, with the flags of this run over them.

    Raises:
        SettingsError: one of them cannot be used.
    """
    flags: dict[str, object] = {}
    for option in ctx.command.params:
        if isinstance(option, SettingOption):
            value = ctx.params.get(option.name)
            flags[option.setting] = value or None if isinstance(value, tuple) else value
    return load_settings(flags)


def for_this_run(loaded: LoadedSettings) -> set[str]:
    """The names of the settings that were given as a flag or in the environment."""
    return {
        name
        for name, origin in loaded.origins.items()
        if origin == COMMAND_LINE or origin.startswith(PREFIX)
    }


def _click_type(field: SettingField) -> click.ParamType[Any, Any]:
    match field.kind:
        case "choice":
            return click.Choice(field.choices)
        case "integer":
            return click.IntRange(_whole(field.minimum), _whole(field.maximum))
        case "number":
            return click.FloatRange(field.minimum, field.maximum, min_open=field.above_minimum)
        case "switch":
            return click.BOOL
        case _:
            return click.STRING


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _metavar(field: SettingField) -> str:
    return {"integer": "N", "number": "X"}.get(field.kind, "TEXT")
