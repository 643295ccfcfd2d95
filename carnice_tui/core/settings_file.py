"""Reads and writes the settings: flags come before the environment, that before the file."""

import difflib
import os
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import cast

import msgspec

from carnice_tui.core import keymap, paths
from carnice_tui.core.errors import UsageError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_schema import KEYS, BadValue, fields, fields_by_name

SHOWN = 60
"""Characters of a wrong value that an error repeats."""

PREFIX = "CARNICE_"

COMMAND_LINE = "the command line"
"""Where a setting came from that was given as a flag."""


class SettingsError(UsageError):
    """A setting that cannot be used: says where it stands, what it is and what is allowed."""


class LoadedSettings(msgspec.Struct, frozen=True):
    """The settings, and where each that is not a default came from (a path, `CARNICE_…`)."""

    settings: Settings
    origins: dict[str, str]


def load_settings(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> LoadedSettings:
    """The settings as all layers give them. Values in `flags` that are None were not given.

    Raises:
        SettingsError: an unknown key, a value that is not allowed, or one key for two actions.
    """
    path = file or paths.settings_file()
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    layers = (
        (str(path), _from_file(path)),
        ("", _from_environment(os.environ if environ is None else environ)),
        (COMMAND_LINE, _from_flags(flags or {})),
    )
    for origin, layer in layers:
        for name, value in layer:
            values[name] = value
            origins[name] = origin or fields_by_name()[name].variable
    settings = msgspec.convert(_nested(values), Settings)
    if twice := keymap.clash(settings.keys):
        raise SettingsError(f"{path}: {twice}.")
    return LoadedSettings(settings, origins)


def save_settings(changes: Mapping[str, object], *, file: Path | None = None) -> None:
    """Write `changes` (by name; None goes back to the default) into the user's file.

    Everything else in it stays as it is: comments, order, and keys this version does not
    know. The file is replaced whole or not at all.

    Raises:
        SettingsError: a value that is not allowed, one key for two actions, or a file that cannot
            be read or written.
    """
    import tomlkit  # only here: most runs never write
    from tomlkit.exceptions import TOMLKitError

    path = (file or paths.settings_file()).resolve()
    checked = dict(_from_flags(changes, keep_unset=True))
    try:
        parsed = tomlkit.parse(_read(path) or "")
        document = cast("MutableMapping[str, object]", parsed)
        for name, value in checked.items():
            section, _, key = name.rpartition(".")
            table = document
            if section:
                table = _section(document, section, path)
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
        if twice := keymap.clash(parsed.unwrap().get(KEYS, {})):
            raise SettingsError(f"Saving the settings failed: {path}: {twice}.")
        _replace(path, tomlkit.dumps(parsed))
    except OSError as error:
        raise SettingsError(f"Saving the settings failed: {path}: {error.strerror}.") from error
    except TOMLKitError as error:
        raise SettingsError(
            f"Saving the settings failed: {path}: this is not TOML: {sanitize_line(str(error))}. "
            "Nothing was written; mend it first."
        ) from error


def _section(
    document: MutableMapping[str, object], section: str, path: Path
) -> MutableMapping[str, object]:
    """The table of `section`, such as `keys.transcript`, made where there is none."""
    import tomlkit

    table = document
    for part in section.split("."):
        inner = table.setdefault(part, tomlkit.table())
        if not isinstance(inner, MutableMapping):
            raise SettingsError(
                f"Saving the settings failed: {path}: {section} = {_shown(inner)}: must be a "
                f"section, [{section}]. Nothing was written; mend it first."
            )
        table = cast("MutableMapping[str, object]", inner)
    return table


def _from_file(path: Path) -> Iterator[tuple[str, object]]:
    text = _read(path)
    if text is None:
        return
    try:
        document = msgspec.toml.decode(text)
    except msgspec.DecodeError as error:
        raise SettingsError(f"{path}: this is not TOML: {error}.") from error
    sections = {field.section for field in fields()} - {""} | {KEYS}
    for key, value in cast("dict[str, object]", document).items():
        if key in sections and isinstance(value, dict):
            for name, inner in _entries(key, cast("dict[str, object]", value)):
                yield _checked(f"{path}: ", name, inner)
        elif key in sections:
            raise SettingsError(f"{path}: {key} = {_shown(value)}: must be a section, [{key}].")
        else:
            yield _checked(f"{path}: ", key, value)


def _entries(section: str, table: dict[str, object]) -> Iterator[tuple[str, object]]:
    """What a section holds, by names; the sections in `keys` are its places."""
    for key, value in table.items():
        if section == KEYS and isinstance(value, dict):
            yield from _entries(f"{section}.{key}", cast("dict[str, object]", value))
        else:
            yield f"{section}.{key}", value


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    known = {field.variable: field for field in fields()}
    sections = tuple(f"{PREFIX}{field.section.upper()}_" for field in fields() if field.section)
    for variable, text in environ.items():
        if (field := known.get(variable)) is not None:
            try:
                yield field.name, field.parse(text)
            except BadValue as allowed:
                raise SettingsError(f"{variable}={_shown(text)}: must be {allowed}.") from None
        elif variable.startswith(sections) or (
            variable.startswith(PREFIX) and difflib.get_close_matches(variable, known, 1, 0.9)
        ):
            raise SettingsError(
                f"{variable}={_shown(text)}: there is no such setting{_meant(variable, known)}."
            )


def _from_flags(
    flags: Mapping[str, object], *, keep_unset: bool = False
) -> Iterator[tuple[str, object]]:
    for name, value in flags.items():
        if value is not None:
            yield _checked("", name, value)
        elif keep_unset:
            yield name, None


def _checked(where: str, name: str, value: object) -> tuple[str, object]:
    field = fields_by_name().get(name)
    if field is None:
        raise SettingsError(
            f"{where}{sanitize_line(name)} = {_shown(value)}: there is no such setting"
            f"{_meant(name, fields_by_name())}."
        )
    try:
        return name, field.check(value)
    except BadValue as allowed:
        raise SettingsError(f"{where}{name} = {_shown(value)}: must be {allowed}.") from None


def _meant(name: str, known: Mapping[str, object]) -> str:
    if name.startswith(f"{KEYS}."):
        # Without what all of these begin with, or anything would be close.
        ids = [one.removeprefix(f"{KEYS}.") for one in known if one.startswith(f"{KEYS}.")]
        close = difflib.get_close_matches(name.removeprefix(f"{KEYS}."), ids, 1)
        listed = "; carnice-chat settings keys lists them"
        return f"; did you mean {KEYS}.{close[0]}?" if close else listed
    if close := difflib.get_close_matches(name, known, 1):
        return f"; did you mean {close[0]}?"
    return f"; known are {', '.join(one for one in known if not one.startswith(f'{KEYS}.'))}"


def _shown(value: object) -> str:
    text = sanitize_line(f'"{value}"' if isinstance(value, str) else str(value))
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _nested(values: Mapping[str, object]) -> dict[str, object]:
    nested: dict[str, object] = {}
    for name, value in values.items():
        *sections, key = name.split(".")
        table = nested
        for section in sections:
            table = cast("dict[str, object]", table.setdefault(section, {}))
        table[key] = value
    return nested


def _read(path: Path) -> str | None:
    """The text of `path`; None where there is no such file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: byte {error.start} is not UTF-8 text.") from error
    except OSError as error:
        raise SettingsError(f"Reading the settings failed: {path}: {error.strerror}.") from error


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".settings-", delete=False
    ) as draft:
        try:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
