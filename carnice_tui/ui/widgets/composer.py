"""Where you type: a text area that sends with Enter."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from carnice_tui.core.sanitize import is_safe, sanitize
from carnice_tui.ui.widgets.kept import KeepsLines

PLACEHOLDER = "Message · Enter sends · Ctrl+J new line · F1 help"


class Composer(KeepsLines, TextArea):
    """A multi-line editor. What it holds is kept exactly; what it shows is made safe."""

    DEFAULT_CSS = """
    Composer {
        height: auto; min-height: 1; max-height: 33vh; width: 1fr;
        border: none; border-left: outer $accent; padding: 0 1; background: $surface;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # Not priority: those overtake the keys typed just before them.
        Binding("enter", "submit", "Send"),
        Binding("ctrl+j,shift+enter,alt+enter", "newline", "New line"),
    ]

    class Submitted(Message):
        """Something is to be sent."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The cursor would leave the text: upwards (-1) or downwards (1)."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self) -> None:
        super().__init__(
            id="composer",
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            compact=True,
            placeholder=PLACEHOLDER,
            highlight_cursor_line=False,
        )

    def action_submit(self) -> None:
        """Send what is typed."""
        text = self.text
        if text.strip():
            self.post_message(self.Submitted(text))

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":  # the text area would take it for a new line
            event.stop()
            event.prevent_default()
            self.action_submit()
            return
        if event.key in ("up", "down") and self._at_edge(event.key):
            event.stop()
            event.prevent_default()
            self.post_message(self.Left(-1 if event.key == "up" else 1))
            return
        await super()._on_key(event)

    def _at_edge(self, key: str) -> bool:
        if not self.selection.is_empty:
            return False
        return self.cursor_at_first_line if key == "up" else self.cursor_at_last_line

    def get_line(self, line_index: int) -> Text:
        """A line as it is shown: control characters as pictures, one for one."""
        line = super().get_line(line_index)
        if is_safe(line.plain):
            return line
        return Text(sanitize(line.plain), end="", no_wrap=True)

    def on_paste(self, event: events.Paste) -> None:
        """Line ends as everywhere; all else exactly as pasted."""
        event.prevent_default()
        event.stop()
        self.insert(event.text.replace("\r\n", "\n").replace("\r", "\n"))
