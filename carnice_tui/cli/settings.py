"""`carnice-chat settings`: what can be set, what it is now, and setting it."""

from itertools import groupby

import click
import msgspec

from carnice_tui.core import paths
from carnice_tui.core.actions import ACTIONS, PLACES
from carnice_tui.core.errors import UsageError
from carnice_tui.core.key_names import written
from carnice_tui.core.keymap import effective
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings_file import LoadedSettings, load_settings, save_settings
from carnice_tui.core.settings_schema import (
    BadValue,
    SettingField,
    fields,
    fields_by_name,
    value_of,
)

TITLES_AT = 44
"""Column at which `settings keys` says what an action is called."""


@click.group(invoke_without_command=True)
@click.pass_context
def settings(ctx: click.Context) -> int:
    """List every setting: its value, where that comes from, and what is allowed."""
    if ctx.invoked_subcommand is not None:
        return 0
    loaded = load_settings()
    for field in fields():
        origin = _origin(field, loaded)
        click.echo(click.style(field.name, bold=True), nl=False)
        click.echo(f" = {sanitize_line(_written(value_of(loaded.settings, field)))}  ({origin})")
        click.echo(f"    {field.doc} Allowed: {field.allowed}. {field.variable}")
    return 0


@settings.command("set")
@click.argument("name")
@click.argument("value")
def set_value(name: str, value: str) -> int:
    """Write NAME = VALUE into the settings file; comments and order stay."""
    field = _field(name)
    try:
        save_settings({name: field.parse(value)})
    except BadValue as allowed:
        raise UsageError(f"{name} = {value!r}: must be {allowed}.") from None
    return 0


@settings.command()
@click.argument("name")
def unset(name: str) -> int:
    """Take NAME out of the settings file, so that the default holds again."""
    save_settings({_field(name).name: None})
    return 0


@settings.command("keys")
def list_keys() -> int:
    """Print the keys of every action as they are now, as the settings file takes them.

    What you want otherwise goes into that file, or: settings set keys.transcript.edit w
    """
    now = effective(load_settings().settings.keys)
    for place, actions in groupby(ACTIONS, lambda action: action.place):
        click.echo(f"# {PLACES[place]}")
        click.echo(f"[keys.{place}]" if place else "[keys]")
        for action in actions:
            click.echo(
                f'{action.name} = "{written(now[action.id])}"'.ljust(TITLES_AT)
                + f"# {action.title}"
            )
        click.echo()
    return 0


@settings.command()
def path() -> int:
    """Print where the settings file is, whether or not it exists yet."""
    click.echo(paths.settings_file())
    return 0


def _field(name: str) -> SettingField:
    field = fields_by_name().get(name)
    if field is None:
        raise UsageError(f"There is no setting {name!r}: see carnice-chat settings.")
    return field


def _origin(field: SettingField, loaded: LoadedSettings) -> str:
    """Where the value comes from; for a table, where any of what it holds does."""
    names = loaded.origins.keys() - {field.name}
    inner = next((name for name in names if name.startswith(f"{field.name}.")), field.name)
    return loaded.origins.get(inner if field.kind == "table" else field.name, "default")


def _written(value: object) -> str:
    return "unset" if value is None else msgspec.json.encode(value).decode()
