"""The conversations there are: found by what was said in them, opened, renamed, thrown away."""

import asyncio
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions import edit, trash
from carnice_tui.sessions.search import Hit, all_sessions, search
from carnice_tui.ui.screens.asking import ask
from carnice_tui.ui.screens.picker import Picker

SHOWN = 200
"""Sessions listed at once; typing finds the others."""


class SessionsScreen(ModalScreen[Path | None]):
    """Gives the file of the session to open."""

    DEFAULT_CSS = """
    SessionsScreen { align: center middle; background: $background 60%; }
    SessionsScreen > Vertical {
        width: 110; max-width: 98%; height: 92%; padding: 0 1; background: $panel;
    }
    SessionsScreen Label { width: 1fr; color: $primary; }
    SessionsScreen Input { background: $surface; }
    SessionsScreen OptionList { border: none; height: 1fr; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", priority=True),
        Binding("down", "move(1)", "Down", priority=True),
        Binding("up", "move(-1)", "Up", priority=True),
        Binding("pagedown", "move(10)", "Page down", priority=True),
        Binding("pageup", "move(-10)", "Page up", priority=True),
        Binding("f2", "rename", "Rename", priority=True),
        Binding("f3", "pin", "Pin or unpin", priority=True),
        Binding("delete,ctrl+delete", "delete", "Throw away", priority=True),
        Binding("ctrl+z", "undo", "Bring back", priority=True),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._hits: list[Hit] = []
        self._gone: list[Path] = []

    def compose(self) -> ComposeResult:
        """What is looked for, over what there is."""
        with Vertical():
            yield Label(
                "Sessions · Enter opens · F2 renames · F3 pins · Del throws away · Ctrl+Z undoes",
                markup=False,
            )
            yield Input(placeholder="Search what was said", compact=True)
            yield OptionList(markup=False, compact=True)
            yield Label("", id="told", markup=False)

    def on_mount(self) -> None:
        """List the newest."""
        self.query_one(Input).focus()
        self._look("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look again."""
        self._look(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what is highlighted."""
        event.stop()
        if (hit := self._highlighted()) is not None:
            self.dismiss(hit.info.path)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click opens."""
        self.dismiss(self._hits[event.option_index].info.path)

    def action_move(self, step: int) -> None:
        """The highlight goes on."""
        options = self.query_one(OptionList)
        if self._hits:
            at = (options.highlighted or 0) + step
            options.highlighted = max(0, min(len(self._hits) - 1, at))

    def action_leave(self) -> None:
        """Open none."""
        self.dismiss(None)

    @work
    async def action_rename(self) -> None:
        """Give it another title."""
        hit = self._highlighted()
        if hit is None:
            return
        picker = Picker("Title", [], free=hit.info.title or "A title")
        title = await ask(self, picker)
        if title:
            self._try(lambda: edit.rename(hit.info.path, title))

    def action_pin(self) -> None:
        """Keep it at the top, or no longer."""
        if (hit := self._highlighted()) is not None:
            change = edit.unpin if hit.info.pinned else edit.pin
            self._try(lambda: change(hit.info.path))

    def action_delete(self) -> None:
        """Into the bin, from which Ctrl+Z takes it back."""
        if (hit := self._highlighted()) is not None:
            self._try(lambda: self._gone.append(trash.throw_away(hit.info.path, date.today())))

    def action_undo(self) -> None:
        """Bring back what was thrown away last."""
        if self._gone:
            gone = self._gone.pop()
            self._try(lambda: trash.restore(gone.stem, self._folder))

    def _try(self, change: Callable[[], object]) -> None:
        try:
            change()
        except (CarniceError, OSError) as error:
            self.notify(str(error), markup=False, severity="warning")
        self._look(self.query_one(Input).value)

    def _highlighted(self) -> Hit | None:
        at = self.query_one(OptionList).highlighted
        return self._hits[at] if at is not None and at < len(self._hits) else None

    @work(exclusive=True)
    async def _look(self, typed: str) -> None:
        try:
            hits = await asyncio.to_thread(self._find, typed)
        except CarniceError as error:
            self.query_one("#told", Label).update(Content(sanitize_line(str(error))))
            return
        self._hits = hits[:SHOWN]
        options = self.query_one(OptionList)
        before = options.highlighted or 0
        options.clear_options()
        options.add_options(Option(_line(hit)) for hit in self._hits)
        if self._hits:
            options.highlighted = min(before, len(self._hits) - 1)
        told = f"{len(hits):,} found" if hits else "Nothing yet: conversations appear here."
        self.query_one("#told", Label).update(Content(told))

    def _find(self, typed: str) -> list[Hit]:
        if typed.strip():
            return search(self._folder, typed, partial=True)
        return [Hit(info) for info in all_sessions(self._folder)]


def _line(hit: Hit) -> Content:
    info = hit.info
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(info.updated))
    pin = "● " if info.pinned else "  "
    title = sanitize_line(info.title) or "untitled"
    parts = [
        Content(f"{pin}{title[:60]:60} "),
        Content.styled(f"{when}  {sanitize_line(info.model)}", "dim"),
    ]
    if hit.snippet:
        parts.append(Content("\n    "))
        parts += [
            Content.styled(sanitize_line(part.text) or " ", "bold" if part.found else "dim")
            if not part.text.isspace()
            else Content(" ")
            for part in hit.snippet
        ]
    return Content.assemble(*parts)
