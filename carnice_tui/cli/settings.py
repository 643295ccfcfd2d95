"""`carnice-chat settings`: what can be set, what it is now, and setting it."""

import click
import msgspec

from carnice_tui.core import paths
from carnice_tui.core.errors import UsageError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_file import load_settings, save_settings
from carnice_tui.core.settings_schema import BadValue, SettingField, fields, fields_by_name


@click.group(invoke_without_command=True)
@click.pass_context
def settings(ctx: click.Context) -> int:
    """List every setting: its value, where that comes from, and what is allowed."""
    if ctx.invoked_subcommand is not None:
        return 0
    loaded = load_settings()
    for field in fields():
        origin = loaded.origins.get(field.name, "default")
        click.echo(click.style(field.name, bold=True), nl=False)
        click.echo(f" = {sanitize_line(_written(_value(loaded.settings, field)))}  ({origin})")
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


def _value(loaded: Settings, field: SettingField) -> object:
    holder: object = getattr(loaded, field.section) if field.section else loaded
    return getattr(holder, field.key)


def _written(value: object) -> str:
    return "unset" if value is None else msgspec.json.encode(value).decode()
