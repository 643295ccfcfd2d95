"""Keys of an editor in the order they were typed.

Textual runs a binding that has no priority when its key has bubbled up to the app; what was typed
right after it is in the editor by then. Keys that arrive together (a slow line, a paste without
brackets, a busy moment) came out of order so: "abc", Ctrl+J, "def" was "abcdef" and a newline.
"""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Input

from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.screens.asking import app_of


async def run_own_binding(widget: Widget, event: events.Key) -> bool:
    """Run what `widget` itself binds to the key, now and not later; gives whether it did.

    A letter with Alt comes with its character. Textual's fields would write that; it is done
    with here, whether something is bound to it or not.
    """
    has_alt = event.key.startswith("alt+")
    if event.is_printable and not has_alt:
        return False
    bound = widget.screen.active_bindings.get(event.key)
    if bound is None or bound.node is not widget or not bound.enabled:
        if has_alt:
            event.prevent_default()  # but it goes on up: a screen may bind it
        return has_alt
    event.stop()
    event.prevent_default()
    await widget.run_action(bound.binding.action)
    return True


class Field(Enduring, Input):
    """A line to type into."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("lists.choose", "submit")]

    def on_mount(self) -> None:
        """Its cursor stands still for those who want no motion."""
        self.cursor_blink = app_of(self).animation_level != "none"

    async def _on_key(self, event: events.Key) -> None:
        if not await run_own_binding(self, event):
            await super()._on_key(event)
