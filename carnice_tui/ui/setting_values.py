"""A setting's value as one reads and types it, and settings with other values in them."""

import json
import tomllib
from typing import cast

import msgspec

from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_schema import KEYS, BadValue, SettingField, fields, value_of

TEXTS = 'texts in quotes with a comma between, such as "END", "\\n"'
"""How a list is typed."""


def shown_value(settings: Settings, field: SettingField) -> str:
    """The value as one types it."""
    value = value_of(settings, field)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        texts = cast("tuple[str, ...]", value)
        return ", ".join(json.dumps(text, ensure_ascii=False) for text in texts)
    return "" if value is None else str(value)


def typed_value(field: SettingField, text: str) -> object:
    """The value that `text` stands for; None leaves it unset.

    Raises:
        BadValue: it stands for none.
    """
    if field.kind == "text":
        return field.parse(text)
    text = text.strip()
    if not text and field.optional:
        return None
    return field.check(_texts(text)) if field.kind == "list" else field.parse(text)


def _texts(text: str) -> object:
    """Texts in quotes, or one without."""
    if not text:
        return []
    if '"' not in text and "'" not in text:
        return [text]
    try:
        return tomllib.loads(f"texts = [{text}]")["texts"]
    except tomllib.TOMLDecodeError:
        raise BadValue(TEXTS) from None


def changed(settings: Settings, field: SettingField, value: object) -> Settings:
    """`settings` with one other value; None is the default."""
    value = field.default if value is None else value
    if field.kind == "keys":
        return _changed_keys(settings, field, value)
    if not field.section:
        return msgspec.structs.replace(settings, **{field.key: value})
    section: msgspec.Struct = getattr(settings, field.section)
    replaced = msgspec.structs.replace(section, **{field.key: value})
    return msgspec.structs.replace(settings, **{field.section: replaced})


def _changed_keys(settings: Settings, field: SettingField, value: object) -> Settings:
    keys: dict[str, str | dict[str, str]] = dict(settings.keys)
    place = field.section.removeprefix(KEYS).removeprefix(".")
    if not place:
        keys[field.key] = str(value)
    else:
        inner = keys.get(place)
        keys[place] = {**(inner if isinstance(inner, dict) else {}), field.key: str(value)}
    return msgspec.structs.replace(settings, keys=keys)


def carried_over(settings: Settings, before: Settings, after: Settings) -> Settings:
    """`settings` with what is different between `before` and `after`."""
    for field in fields():
        if (value := value_of(after, field)) != value_of(before, field):
            settings = changed(settings, field, value)
    return settings
