"""The settings as a list of fields: to check one value, to name it, to draw it on a screen."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import inspect

from carnice_tui.core import keymap
from carnice_tui.core.actions import ACTIONS, BY_ID
from carnice_tui.core.key_names import NoSuchKey, written
from carnice_tui.core.settings import Settings

FieldKind = Literal["text", "choice", "integer", "number", "switch", "list", "table", "keys"]

KEYS = "keys"
"""The section that holds an action's keys, by the action's id."""


class BadValue(Exception):
    """A value that a field does not allow; the text says what it does allow."""


class SettingField(msgspec.Struct, frozen=True):
    """One thing that can be set.

    `section` is "" for the keys outside any section. `minimum` is itself allowed unless
    `above_minimum` (of a text it is the fewest characters); `optional` fields may be left
    unset (None).
    """

    section: str
    key: str
    kind: FieldKind
    default: object
    doc: str
    annotation: Any
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    above_minimum: bool = False
    maximum: float | None = None
    optional: bool = False

    @property
    def name(self) -> str:
        """As it is written everywhere: `generation.temperature`, or `model`."""
        return f"{self.section}.{self.key}" if self.section else self.key

    @property
    def variable(self) -> str:
        """The environment variable that sets it: `CARNICE_GENERATION_TEMPERATURE`."""
        return "CARNICE_" + self.name.replace(".", "_").upper()

    @property
    def allowed(self) -> str:
        """What may be set, in words: "a number from 0 to 2"."""
        match self.kind:
            case "choice":
                return "one of " + ", ".join(self.choices)
            case "switch":
                return "true or false"
            case "list":
                return "a list of texts"
            case "table":
                return "a section, as carnice-chat settings keys prints it"
            case "keys":
                return keymap.ALLOWED
            case "text":
                return "a text that is not empty" if self.minimum else "a text"
            case "integer" | "number":
                noun = "a whole number" if self.kind == "integer" else "a number"
                return noun + self._range()

    def _range(self) -> str:
        if self.minimum is None or self.maximum is None:
            return ""
        if self.above_minimum:
            return f" over {self.minimum:g} and up to {self.maximum:g}"
        return f" from {self.minimum:.0f} to {self.maximum:.0f}"

    def check(self, value: object) -> object:
        """`value` as the settings hold it.

        Raises:
            BadValue: it is of another kind, or out of range.
        """
        try:
            converted = msgspec.convert(value, self.annotation)
            if self.kind == "keys":
                keymap.checked(BY_ID[_action_of(self)], converted)
        except msgspec.ValidationError:
            raise BadValue(self.allowed) from None
        except NoSuchKey as why:
            raise BadValue(f"{self.allowed} ({why})") from None
        return converted

    def parse(self, text: str) -> object:
        """The value that `text` stands for, as an environment variable holds it.

        Raises:
            BadValue: it stands for none.
        """
        value: object = text
        if self.kind == "list":
            value = [text] if text else []
        elif self.kind == "switch":
            value = {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
        elif self.kind in ("integer", "number"):
            try:
                value = int(text) if self.kind == "integer" else float(text)
            except ValueError:
                raise BadValue(self.allowed) from None
        return self.check(value)


@cache
def fields() -> tuple[SettingField, ...]:
    """Everything that can be set, in the order of the settings screen."""
    return tuple(_fields_of(Settings, ""))


@cache
def key_fields() -> tuple[SettingField, ...]:
    """The keys of every action, which make up the table `keys`."""
    return tuple(
        SettingField(
            section=f"{KEYS}.{action.place}" if action.place else KEYS,
            key=action.name,
            kind="keys",
            default=written(action.keys),
            doc=f"Keys: {action.title}.",
            annotation=str,
        )
        for action in ACTIONS
    )


def value_of(settings: Settings, field: SettingField) -> object:
    """What `field` is in `settings`."""
    if field.kind == "keys":
        return dict(keymap.mapped(settings.keys)).get(_action_of(field), field.default)
    holder: object = getattr(settings, field.section) if field.section else settings
    return getattr(holder, field.key)


def _action_of(field: SettingField) -> str:
    return field.name.removeprefix(f"{KEYS}.")


@cache
def fields_by_name() -> dict[str, SettingField]:
    """All of them, by `SettingField.name`; the table `keys` only by what it holds."""
    every = (*fields(), *key_fields())
    return {field.name: field for field in every if field.kind != "table"}


def _fields_of(struct: type[msgspec.Struct], section: str) -> Iterator[SettingField]:
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    hints = get_type_hints(struct, include_extras=True)
    for item in described.fields:
        if isinstance(item.type, inspect.StructType):
            yield from _fields_of(item.type.cls, item.name)
        else:
            default = (
                item.default if item.default is not msgspec.NODEFAULT else item.default_factory()
            )
            yield _field(section, item.name, item.type, default, hints[item.name])


def _field(
    section: str, key: str, described: inspect.Type, default: object, annotation: Any
) -> SettingField:
    assert isinstance(described, inspect.Metadata)  # every field has its line of description
    doc: str = get_args(annotation)[-1].description
    inner = described.type
    optional = isinstance(inner, inspect.UnionType)
    if isinstance(inner, inspect.UnionType):
        inner = next(t for t in inner.types if not isinstance(t, inspect.NoneType))
    kind: FieldKind = "text"
    choices: tuple[str, ...] = ()
    minimum = maximum = None
    above = False
    match inner:
        case inspect.LiteralType():
            kind, choices = "choice", get_args(get_args(annotation)[0])
        case inspect.BoolType():
            kind = "switch"
        case inspect.IntType(ge=ge, le=le):
            kind, minimum, maximum = "integer", ge, le
        case inspect.FloatType(gt=gt, ge=ge, le=le):
            kind, maximum, above = "number", le, gt is not None
            minimum = gt if gt is not None else ge
        case inspect.VarTupleType():
            kind = "list"
        case inspect.DictType():
            kind = "table"
        case inspect.StrType(min_length=shortest):
            minimum = shortest
        case _:
            raise TypeError(f"{section}.{key}: no way to set a {described}")
    return SettingField(
        section,
        key,
        kind,
        default,
        doc,
        annotation,
        choices,
        minimum,
        above,
        maximum,
        optional,
    )
