"""A sheet of Markdown over the chat: the keys, the details."""

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import app_of
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.view import Transcript
from carnice_tui.ui.widgets.plain import PlainLabel


class Sheet(Enduring, ModalScreen[None]):
    """Shows a text; closed with Esc, q or Enter."""

    DEFAULT_CSS = """
    Sheet { align: center middle; background: $background 60%; }
    Sheet > Vertical { width: 90; max-width: 96%; height: 90%; background: $background; }
    Sheet Label { width: 1fr; padding: 0 2; background: $panel; color: $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("sheet.close", "leave", overtakes=True),
        bound("sheet.up", "lines(-1)", overtakes=True),
        bound("sheet.down", "lines(1)", overtakes=True),
        bound("sheet.page-up", "lines(-15)", overtakes=True),
        bound("sheet.page-down", "lines(15)", overtakes=True),
        # The key that brought it takes it away again; that of the keys is the app's.
        bound("details", "leave", overtakes=True),
    ]

    def __init__(self, title: str, text: MarkdownEntry, look: Look) -> None:
        super().__init__()
        self._title = title
        thread = Thread()
        thread.entries.append(text)
        self.text = Transcript(thread, look)
        self.text.can_focus = False  # the keys are the sheet's
        self.text.window.to_start()

    def compose(self) -> ComposeResult:
        """Title over text."""
        with Vertical():
            closes = with_keys("{sheet.close} closes")
            yield PlainLabel(f"{sanitize_line(self._title)} · {closes}")
            yield self.text

    def action_lines(self, lines: int) -> None:
        """Scroll."""
        self.text.scroll_lines(lines)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)


async def show_sheet(screen: Screen[None], title: str, markdown: str, look: Look) -> None:
    """Lay a sheet over `screen`. Its text is cut into blocks off the event loop."""
    text = MarkdownEntry("", markdown)
    await asyncio.to_thread(text.frozen)
    app_of(screen).push_screen(Sheet(title, text, look))
