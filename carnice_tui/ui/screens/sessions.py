"""The conversations there are: found by what was said in them, opened, renamed, thrown away."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Input

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import PinChanged, TitleChanged
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions import edit, trash
from carnice_tui.sessions.export.formats import FORMATS
from carnice_tui.sessions.listing import shipped_sessions
from carnice_tui.sessions.search import Hit, all_sessions, search
from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.exporting import export
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import app_of, ask
from carnice_tui.ui.screens.picker import LIST_KEYS, Choice, Picker
from carnice_tui.ui.session_line import session_line
from carnice_tui.ui.session_preview import preview
from carnice_tui.ui.trouble import survives
from carnice_tui.ui.widgets.choices import Choices
from carnice_tui.ui.widgets.inorder import Field
from carnice_tui.ui.widgets.plain import PlainLabel, PlainStatic

SHOWN = 200
"""Sessions listed at once; typing finds the others."""

PREVIEW_AFTER = 0.08
"""Seconds the highlight rests before its session is read."""

WIDE = 96
"""Columns from which the preview stands beside the list and not under it."""

KEYS = (
    "{lists.choose} opens · {session_list.rename} renames · {session_list.pin} pins · "
    "{session_list.export} exports · {session_list.replay} replays · "
    "{session_list.delete} throws away · {session_list.undo} undoes"
)
OPERATORS = 'Find: words "a phrase" -without title: model: mode: after:7d before:2026-11'


@dataclass(frozen=True)
class Chosen:
    """A session, and whether to go on with it or to play it again."""

    path: Path
    to: Literal["open", "replay"] = "open"


@dataclass(frozen=True)
class Present:
    """The session that is open in this app, if it has a file, and what renames or pins it."""

    path: Path | None
    change: Callable[[TitleChanged | PinChanged], Awaitable[None]]


class SessionsScreen(Enduring, ModalScreen[Chosen | None]):
    """Gives the session to open or to replay."""

    DEFAULT_CSS = """
    SessionsScreen { align: center middle; background: $background 60%; }
    SessionsScreen > Vertical {
        width: 130; max-width: 98%; height: 94%; padding: 0 1; background: $panel;
    }
    SessionsScreen Label { width: 1fr; color: $text-muted; }
    SessionsScreen Input { background: $surface; }
    SessionsScreen #both { height: 1fr; layout: vertical; }
    SessionsScreen #both.wide { layout: horizontal; }
    SessionsScreen OptionList { border: none; height: 1fr; width: 1fr; background: $panel; }
    SessionsScreen VerticalScroll {
        height: 1fr; width: 1fr; background: $background; padding: 0 1; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *LIST_KEYS,
        bound("session-list.read-on", "read(3)", overtakes=True),
        bound("session-list.read-back", "read(-3)", overtakes=True),
        bound("session-list.rename", "rename", overtakes=True),
        bound("session-list.pin", "pin", overtakes=True),
        bound("session-list.export", "export", overtakes=True),
        bound("session-list.replay", "replay", overtakes=True),
        bound("session-list.delete", "delete", overtakes=True),
        bound("session-list.undo", "undo", overtakes=True),
    ]

    def __init__(self, folder: Path, present: Present) -> None:
        super().__init__()
        self._folder = folder
        self._present = present
        self._hits: list[Hit] = []
        self._gone: list[Path] = []
        # Held, not looked up: what was asked of the disk may come when the screen is gone.
        self._typed = Field(placeholder=OPERATORS, compact=True)
        self._list = Choices()
        self._shown = PlainStatic()
        self._scroll = VerticalScroll(self._shown, can_focus=False)
        self._told = PlainLabel("Looking …")

    def compose(self) -> ComposeResult:
        """What is looked for, over what there is and what it says."""
        with Vertical():
            yield PlainLabel(f"Sessions · {with_keys(KEYS)}")
            yield self._typed
            wide = "wide" if app_of(self).size.width >= WIDE else None
            yield Container(self._list, self._scroll, id="both", classes=wide)
            yield self._told

    def on_mount(self) -> None:
        """List the newest."""
        self._typed.focus()
        self.call_after_refresh(self._look, "")  # by then it is known how wide the list is

    def on_resize(self, event: Resize) -> None:
        """Side by side where there is room."""
        self.query_one("#both").set_class(event.size.width >= WIDE, "wide")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look again."""
        self._look(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what is highlighted."""
        event.stop()
        if (hit := self._highlighted()) is not None:
            self.dismiss(Chosen(hit.info.path))

    def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """A click opens."""
        self.dismiss(Chosen(self._hits[event.option_index].info.path))

    def on_option_list_option_highlighted(self) -> None:
        """Show what it says."""
        self._preview()

    def action_move(self, step: int) -> None:
        """The highlight goes on."""
        self._list.move(step)

    def action_read(self, lines: int) -> None:
        """Scroll the preview."""
        self._scroll.scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Open none."""
        self.dismiss(None)

    def action_replay(self) -> None:
        """Play it as it happened."""
        if (hit := self._highlighted()) is not None:
            self.dismiss(Chosen(hit.info.path, "replay"))

    # -- changing

    @work
    @survives("Renaming the session")
    async def action_rename(self) -> None:
        """Give it another title."""
        hit = self._changeable()
        if hit is None:
            return
        picker = Picker("Title", [], free="A title", typed=sanitize_line(hit.info.title))
        title = await ask(self, picker)
        if title:
            await self._try("Renamed.", self._changed(hit, TitleChanged(title)))

    @work
    @survives("Pinning the session")
    async def action_pin(self) -> None:
        """Keep it at the top, or no longer."""
        if (hit := self._changeable()) is not None:
            told = "Unpinned." if hit.info.pinned else "Pinned: it stays at the top."
            await self._try(told, self._changed(hit, PinChanged(not hit.info.pinned)))

    @work
    @survives("Throwing the session away")
    async def action_delete(self) -> None:
        """Into the bin, from which a key takes it back."""
        hit = self._changeable()
        if hit is not None and hit.info.path == self._present.path:
            told = "This conversation is open here: begin another one first ({new})."
            self._tell(with_keys(told))
        elif hit is not None:
            told = with_keys("Thrown away: {session_list.undo} brings it back.")
            await self._try(told, self._throw_away(hit))

    @work
    @survives("Bringing the session back")
    async def action_undo(self) -> None:
        """Bring back what was thrown away last."""
        if not self._gone:
            self._tell("Nothing was thrown away since this was opened.")
            return
        gone = self._gone.pop()
        await self._try("Brought back.", asyncio.to_thread(trash.restore, gone.stem, self._folder))

    @work
    @survives("Exporting the session")
    async def action_export(self) -> None:
        """Write it in another format into the present folder."""
        hit = self._highlighted()
        if hit is None:
            return
        choices = [Choice(name, name, suffix) for name, (_, suffix) in FORMATS.items()]
        form = await ask(self, Picker("Export as", choices))
        if form is None:
            return
        try:
            file = await asyncio.to_thread(export, hit.info.path, form, Path.cwd())
        except (CarniceError, OSError) as error:
            self._refuse(error)
        else:
            self._tell(f"Written: {file}")

    async def _throw_away(self, hit: Hit) -> None:
        gone = await asyncio.to_thread(trash.throw_away, hit.info.path, date.today())
        self._gone.append(gone)

    def _changed(self, hit: Hit, change: TitleChanged | PinChanged) -> Awaitable[object]:
        """A session with another title or pin; the one that is open here writes its file itself."""
        path = hit.info.path
        if path == self._present.path:
            return self._present.change(change)
        match change:
            case TitleChanged(title=title):
                return asyncio.to_thread(edit.rename, path, title)
            case PinChanged(pinned=True):
                return asyncio.to_thread(edit.pin, path)
            case PinChanged():
                return asyncio.to_thread(edit.unpin, path)

    async def _try(self, done: str, change: Awaitable[object]) -> None:
        try:
            await change
        except (CarniceError, OSError) as error:
            self._refuse(error)
        else:
            self._look(self._typed.value, done)

    def _refuse(self, error: Exception) -> None:
        self.notify(sanitize_line(str(error)), severity="warning")

    def _changeable(self) -> Hit | None:
        """What is highlighted, unless it is no session of the person's."""
        hit = self._highlighted()
        if hit is None:
            return None
        if hit.info.path.parent != self._folder:
            self._tell("This example came with the app: it stays as it is.")
            return None
        return hit

    # -- looking

    def _highlighted(self) -> Hit | None:
        at = self._list.highlighted
        return self._hits[at] if at is not None and at < len(self._hits) else None

    @work(exclusive=True, group="look")
    @survives("Looking for sessions")
    async def _look(self, typed: str, told: str = "") -> None:
        loop = asyncio.get_running_loop()

        def progress(done: int, total: int) -> None:
            loop.call_soon_threadsafe(self._tell, f"Indexing · {100 * done // max(1, total)} %")

        try:
            hits = await asyncio.to_thread(self._find, typed, progress)
        except CarniceError as error:
            self._tell(str(error))
            return
        options = self._list
        before, at = self._highlighted(), options.highlighted or 0
        self._hits = hits[:SHOWN]
        width = max(20, options.content_size.width - 1)
        options.fill(session_line(hit, width, self._folder) for hit in self._hits)
        if self._hits:
            options.highlighted = self._place_of(before, at) if told else 0
        else:
            self._preview()
        own = sum(hit.info.path.parent == self._folder for hit in hits)
        found = f"{own:,} found" if own else "Nothing found." if typed else "None of yours yet."
        self._tell(f"{told} {found}".strip())

    def _place_of(self, before: Hit | None, at: int) -> int:
        """Where the session now stands that was highlighted; else what took its place."""
        paths = [hit.info.path for hit in self._hits]
        if before is not None and before.info.path in paths:
            return paths.index(before.info.path)
        return min(at, len(paths) - 1)

    def _find(self, typed: str, progress: Callable[[int, int], None]) -> list[Hit]:
        if typed.strip():
            return search(self._folder, typed, partial=True, progress=progress)
        own = all_sessions(self._folder, progress)
        return [Hit(info) for info in (*own, *shipped_sessions())]

    @work(exclusive=True, group="preview")
    @survives("Showing the session")
    async def _preview(self) -> None:
        await asyncio.sleep(PREVIEW_AFTER)
        hit = self._highlighted()
        shown = Content("")
        if hit is not None:
            words = [part.text for part in hit.snippet if part.found]
            try:
                shown = await asyncio.to_thread(preview, hit.info.path, words)
            except (CarniceError, OSError) as error:
                shown = Content(sanitize_line(str(error)))
        self._shown.update(shown)
        beginning = hit is not None and bool(hit.snippet)
        scroll = self._scroll.scroll_home if beginning else self._scroll.scroll_end
        self.call_after_refresh(scroll, animate=False)

    def _tell(self, text: str) -> None:
        self._told.update(sanitize_line(text))
