"""The settings, drawn from their schema: what each is, what it may be, and where it is kept."""

from typing import ClassVar, cast

import msgspec
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_file import save_settings
from carnice_tui.core.settings_schema import (
    KEYS,
    BadValue,
    SettingField,
    fields,
    key_fields,
    value_of,
)
from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.picker import LIST_KEYS, Choice, Picker
from carnice_tui.ui.trouble import survives
from carnice_tui.ui.widgets.choices import Choices


class SettingsScreen(Enduring, ModalScreen[Settings | None]):
    """Gives the settings as they are when it is closed."""

    DEFAULT_CSS = """
    SettingsScreen { align: center middle; background: $background 60%; }
    SettingsScreen > Vertical {
        width: 100; max-width: 98%; height: 92%; padding: 0 1; background: $panel;
    }
    SettingsScreen Label { width: 1fr; color: $primary; }
    SettingsScreen #doc { color: $foreground; height: 2; }
    SettingsScreen OptionList { border: none; height: 1fr; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *LIST_KEYS,
        bound("lists.choose", "choose", overtakes=True),
        # The key that brought it takes it away again.
        bound("settings", "leave", overtakes=True),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._fields = [field for field in fields() if field.kind != "table"] + [*key_fields()]

    def compose(self) -> ComposeResult:
        """Title, the list, what the highlighted one means."""
        with Vertical():
            title = "Settings · {lists.choose} changes, {lists.close} closes"
            yield Label(with_keys(title), markup=False)
            yield Choices()
            yield Label("", id="doc", markup=False)

    def on_mount(self) -> None:
        """List everything."""
        self._list()
        self.query_one(Choices).highlighted = 0
        self.query_one(Choices).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what it means."""
        field = self._fields[event.option_index]
        self.query_one("#doc", Label).update(Content(f"{field.doc}\nAllowed: {field.allowed}."))

    @work
    @survives("Changing the setting")
    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Change it."""
        field = self._fields[event.option_index]
        typed = await self._ask(field)
        if typed is None:
            return
        try:
            value = None if typed == "" and field.optional else field.parse(typed)
            save_settings({field.name: value})
        except BadValue as error:
            self.notify(f"{field.name} takes {error}.", markup=False, severity="warning")
            return
        except CarniceError as error:
            self.notify(str(error), markup=False, severity="warning")
            return
        self._settings = changed(self._settings, field, value)
        self._list()
        self.query_one(Choices).highlighted = event.option_index

    def show(self, name: str) -> None:
        """Go to the setting of that name."""
        names = [field.name for field in self._fields]
        self.query_one(Choices).highlighted = names.index(name)

    def action_move(self, step: int) -> None:
        """The highlight goes on."""
        self.query_one(Choices).move(step)

    def action_choose(self) -> None:
        """Change what is highlighted."""
        self.query_one(Choices).action_select()

    def action_leave(self) -> None:
        """Close; everything is saved already."""
        self.dismiss(self._settings)

    async def _ask(self, field: SettingField) -> str | None:
        shown = shown_value(self._settings, field)
        if field.kind == "switch":
            return "false" if shown == "true" else "true"
        choices = [Choice(choice, choice) for choice in field.choices]
        free = "" if choices else f"{shown or 'unset'} · {field.allowed}"
        return await ask(self, Picker(field.name, choices, chosen=shown, free=free))

    def _list(self) -> None:
        width = max(len(field.name) for field in self._fields) + 2
        self.query_one(Choices).fill(
            Content.assemble(Content(field.name.ljust(width)), self._value(field))
            for field in self._fields
        )

    def _value(self, field: SettingField) -> Content:
        shown = sanitize_line(shown_value(self._settings, field))
        return Content.styled(shown, "bold") if shown else Content.styled("unset", "italic")


def shown_value(settings: Settings, field: SettingField) -> str:
    """The value as one types it."""
    value = value_of(settings, field)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[object, ...]", value)))
    return "" if value is None else str(value)


def changed(settings: Settings, field: SettingField, value: object) -> Settings:
    """`settings` with one other value."""
    if field.kind == "keys":
        return _changed_keys(settings, field, value)
    value = field.default if value is None and not field.optional else value
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
