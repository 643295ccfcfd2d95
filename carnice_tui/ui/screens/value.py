"""One value to be typed: what is wrong with it is said while it still stands there."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import TextArea

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import app_of
from carnice_tui.ui.widgets.inorder import run_own_binding
from carnice_tui.ui.widgets.plain import PlainLabel
from carnice_tui.ui.widgets.safely import ShowsSafely


class Typed(Enduring, ShowsSafely, TextArea):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A text that Enter is done with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("lists.choose", "done"),
        bound("composer.newline", "newline"),
        bound("composer.undo", "undo"),
        bound("composer.redo", "redo"),
    ]

    class Done(Message):
        """Enter was pressed."""

    def on_mount(self) -> None:
        """Its cursor stands still for those who want no motion."""
        self.cursor_blink = app_of(self).animation_level != "none"

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_done(self) -> None:
        """Have it taken."""
        self.post_message(self.Done())

    async def _on_key(self, event: events.Key) -> None:
        if not await run_own_binding(self, event):
            await super()._on_key(event)


class ValueScreen(Enduring, ModalScreen[str | None]):
    """Gives what was typed, once nothing is wrong with it; None for Esc."""

    DEFAULT_CSS = """
    ValueScreen { align: center middle; background: $background 60%; }
    ValueScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        background: $panel; color: $foreground;
    }
    ValueScreen Label { width: 1fr; }
    ValueScreen #name { color: $primary; text-style: bold; }
    ValueScreen #told { color: $text-muted; }
    ValueScreen #told.wrong { color: $error; }
    ValueScreen TextArea {
        height: auto; max-height: 50vh; border: none; padding: 0 1; background: $surface;
    }
    ValueScreen TextArea .text-area--cursor {
        color: $background; background: $foreground; text-style: none;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("lists.close", "leave", overtakes=True)]

    def __init__(
        self, name: str, typed: str, told: str, problem: Callable[[str], str], *, lines: bool
    ) -> None:
        """`told` says what is asked for; `problem` gives what is wrong with a text, or "".

        `lines`: a text of several is asked for.
        """
        super().__init__()
        self._name = name
        self._told = told
        self._problem = problem
        self._lines = lines
        self._typed = Typed(
            typed,
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            compact=True,
            highlight_cursor_line=False,
        )
        # Held, not looked up: what was typed last may be told when the screen is gone.
        self._shown = PlainLabel(self._keys(), id="told")

    def compose(self) -> ComposeResult:
        """Its name, the text, what it may be."""
        with Vertical():
            yield PlainLabel(self._name, id="name")
            yield self._typed
            yield self._shown

    def on_mount(self) -> None:
        """All of it selected: one types another, or moves and changes it."""
        self._typed.focus()
        if self._lines:
            self._typed.move_cursor(self._typed.document.end)
        else:
            self._typed.select_all()

    def on_typed_done(self) -> None:
        """Take it, or say why not."""
        problem = self._problem(self._typed.text)
        if not problem:
            self.dismiss(self._typed.text)
            return
        self._shown.add_class("wrong")
        self._shown.update(sanitize_line(problem))

    def on_text_area_changed(self) -> None:
        """What was wrong may be no more."""
        self._shown.remove_class("wrong")
        self._shown.update(self._keys())

    def action_leave(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)

    def _keys(self) -> str:
        more = " · {composer.newline} new line" if self._lines else ""
        keys = with_keys(f"{{lists.choose}} takes it{more} · {{lists.close}} leaves it as it was")
        return sanitize_line(f"{self._told} · {keys}")
