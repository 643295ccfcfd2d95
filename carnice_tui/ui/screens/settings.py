"""The settings, drawn from their schema: what each is, what it may be, and where it is kept."""

import asyncio
import os
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_file import save_settings
from carnice_tui.core.settings_schema import (
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
from carnice_tui.ui.screens.themes import pick_theme
from carnice_tui.ui.screens.value import ValueScreen
from carnice_tui.ui.setting_values import TEXTS, changed, shown_value, typed_value
from carnice_tui.ui.trouble import survives
from carnice_tui.ui.widgets.choices import Choices
from carnice_tui.ui.widgets.plain import PlainLabel

AT_START = {
    "model",
    "context_window",
    "ui.mouse",
    "ui.reduced_motion",
    "ui.screen_reader",
    "sessions",
    "prompts",
    "remote",
}
"""Names and sections of what is only looked at when the app starts."""


TITLE = "Settings · {lists.choose} changes, {setting_list.reset} resets, {lists.close} closes"


class SettingsScreen(Enduring, ModalScreen[Settings | None]):
    """Gives the settings as they are when it is closed."""

    DEFAULT_CSS = """
    SettingsScreen { align: center middle; background: $background 60%; }
    SettingsScreen > Vertical {
        width: 100; max-width: 98%; height: 92%; padding: 0 1; background: $panel;
    }
    SettingsScreen Label { width: 1fr; color: $primary; }
    SettingsScreen #doc { color: $foreground; height: auto; min-height: 3; }
    SettingsScreen.-narrow #doc { min-height: 4; }
    SettingsScreen OptionList { border: none; height: 1fr; background: $panel; }
    """
    # Room for the longest of what is said of a setting: the list keeps its height so.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012 - Textual declares it so
    BINDINGS: ClassVar[list[BindingType]] = [
        *LIST_KEYS,
        bound("lists.choose", "choose", overtakes=True),
        bound("setting-list.reset", "reset", overtakes=True),
        # The key that brought it takes it away again.
        bound("settings", "leave", overtakes=True),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._fields = [field for field in fields() if field.kind != "table"] + [*key_fields()]
        self._width = max(len(field.name) for field in self._fields) + 2
        # Held, not looked up: what is told of the list may come when the screen is gone.
        self._list = Choices()
        self._doc = PlainLabel(id="doc")

    def compose(self) -> ComposeResult:
        """Title, the list, what the highlighted one means."""
        with Vertical():
            yield PlainLabel(with_keys(TITLE))
            yield self._list
            yield self._doc

    def on_mount(self) -> None:
        """List everything."""
        self._list.fill(map(self._line, self._fields))
        self._list.highlighted = 0
        self._list.focus()

    def on_option_list_option_highlighted(self, event: Choices.OptionHighlighted) -> None:
        """Say what it means."""
        field = self._fields[event.option_index]
        told = f"{field.doc}\nAllowed: {_allowed(field)}.{_when(field)}"
        self._doc.update(told)

    @work
    @survives("Changing the setting")
    async def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """Change it."""
        field = self._fields[event.option_index]
        typed = await self._ask(field)
        if typed is not None:
            await self._keep(field, typed_value(field, typed))

    @work
    @survives("Resetting the setting")
    async def action_reset(self) -> None:
        """Back to what it is where nothing is set."""
        at = self._list.highlighted
        if at is not None:
            await self._keep(self._fields[at], None)

    def show(self, name: str) -> None:
        """Go to the setting of that name."""
        names = [field.name for field in self._fields]
        self._list.highlighted = names.index(name)

    def action_move(self, step: int) -> None:
        """The highlight goes on."""
        self._list.move(step)

    def action_choose(self) -> None:
        """Change what is highlighted."""
        self._list.action_select()

    def action_leave(self) -> None:
        """Close; everything is saved already."""
        self.dismiss(self._settings)

    async def _keep(self, field: SettingField, value: object) -> None:
        try:
            await asyncio.to_thread(save_settings, {field.name: value})
        except CarniceError as error:
            self.notify(sanitize_line(str(error)), severity="warning")
            return
        self._settings = changed(self._settings, field, value)
        at = self._fields.index(field)
        self._list.replace_option_prompt_at_index(at, self._line(field))

    async def _ask(self, field: SettingField) -> str | None:
        shown = shown_value(self._settings, field)
        if field.name == "ui.theme":
            return await pick_theme(self)
        if field.kind == "switch":
            return "false" if shown == "true" else "true"
        if field.choices:
            choices = [Choice(choice, choice) for choice in field.choices]
            return await ask(self, Picker(field.name, choices, chosen=shown))
        told = sanitize_line(_allowed(field)).capitalize()
        lines = field.kind == "text"
        return await ask(
            self,
            ValueScreen(field.name, shown, told, lambda text: _problem(field, text), lines=lines),
        )

    def _line(self, field: SettingField) -> Content:
        shown = sanitize_line(shown_value(self._settings, field))
        own = value_of(self._settings, field) != field.default
        value = (
            Content.styled(shown, "bold" if own else "")
            if shown
            else Content.styled("unset", "italic")
        )
        return Content.assemble(Content(field.name.ljust(self._width)), value)


def _allowed(field: SettingField) -> str:
    allowed = TEXTS if field.kind == "list" else field.allowed
    return f"{allowed}, or nothing" if field.optional else allowed


def _when(field: SettingField) -> str:
    """From when on it counts, and what overrules it."""
    if field.variable in os.environ:
        return f" {field.variable} is set, and wins over what is set here."
    at_start = field.name in AT_START or field.section in AT_START
    return " Counts from the next start." if at_start else ""


def _problem(field: SettingField, text: str) -> str:
    try:
        typed_value(field, text)
    except BadValue as allowed:
        return f"Not taken: it must be {allowed}."
    return ""
