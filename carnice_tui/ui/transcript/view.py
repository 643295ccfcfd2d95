"""The transcript's widget: paints the window's lines and takes keys, wheel and mouse."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.transcript.browsing import Browsing
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.marks import marked, more_below
from carnice_tui.ui.transcript.pointing import Pointing
from carnice_tui.ui.transcript.scrollbar import Scrollbar, scrollbar_of
from carnice_tui.ui.transcript.selection import Point, Selection
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.window import Place, Window

WHEEL = 3
"""Lines a notch of the wheel moves."""


@dataclass(frozen=True)
class _Painted:
    """A line of the screen as it was painted last, and what it was painted from.

    It holds the row itself: by its `id` alone, a later row that came to lie in the same memory
    would be taken for it.
    """

    row: Strip
    state: tuple[object, ...]
    line: Strip


class Transcript(Enduring, Widget, can_focus=True):
    """Paints a thread. `repaint` looks which lines have changed and refreshes only those."""

    ALLOW_SELECT = False
    FOCUS_ON_CLICK = False
    """One clicks to select or to unfold, and types on: letters are for the composer then."""
    DEFAULT_CSS = "Transcript { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("transcript.before", "browse(-1)"),
        bound("transcript.next", "browse(1)"),
        bound("transcript.select-up", "extend(-1, 0)"),
        bound("transcript.select-down", "extend(1, 0)"),
        bound("transcript.select-left", "extend(0, -1)"),
        bound("transcript.select-right", "extend(0, 1)"),
        bound("transcript.edit", "want('edit')"),
        bound("transcript.regenerate", "want('regenerate')"),
        bound("transcript.copy", "want('copy')"),
        bound("transcript.copy-code", "want('copy-code')"),
        bound("transcript.branch", "want('branch')"),
        bound("transcript.branch-before", "want('branch-before')"),
        bound("transcript.unfold", "unfold"),
        bound("transcript.open", "want('open')"),
        bound("transcript.copy-fix", "want('copy-fix')"),
        bound("transcript.explain", "want('explain')"),
        bound("transcript.suggest", "want('suggest')"),
        bound("transcript.apply", "want('apply')"),
        bound("transcript.first", "edge(-1)"),
        bound("transcript.newest", "edge(1)"),
    ]

    class Wanted(Message):
        """Something is to be done with the message that is browsed."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, thread: Thread, look: Look) -> None:
        super().__init__(id="transcript")
        self.thread = thread
        self.window = Window(thread.entries, look)
        self.new_below = False
        self.selection: Selection | None = None
        self._browsing = Browsing(thread.entries)
        self._rows: list[Strip] = []
        self._painted: dict[int, _Painted] = {}
        self._bar = Scrollbar()
        self._pointing = Pointing(self)

    def repaint(self) -> None:
        """Show the thread as it is now."""
        if not self._rows:
            return
        old, old_bar = self._rows, self._bar
        rows = self.window.rows()
        self._rows, self._bar = rows, scrollbar_of(self.window)
        if self.window.follows:
            self.new_below = False
        elif self.new_below:
            rows[-1] = more_below(self.window.look, self.window.width)
        changed = [
            y
            for y, row in enumerate(rows)
            if y >= len(old) or row is not old[y] or self._bar.held(y) != old_bar.held(y)
        ]
        self._refresh_lines(changed)

    def content_grew(self) -> None:
        """Something came at the end: shown if the end is, else marked."""
        if not self.window.follows:
            self.new_below = True
        self.repaint()

    def replaced(self) -> None:
        """The thread shows another branch."""
        self.selection = self._browsing.at = None
        self.window.heights.forget()
        self.go_to_end()

    def refolded(self) -> None:
        """Entries in the middle have another height."""
        self.window.heights.forget()
        self.repaint()

    def restyle(self, look: Look) -> None:
        """Paint in other styles."""
        self.window.restyle(look)
        self._painted.clear()
        self._rows = self.window.rows()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines with their pieces of the scrollbar, painted once each."""
        lines = [self._line(y) for y in range(crop.y, crop.bottom)]
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def _line(self, y: int) -> Strip:
        row = self._rows[y] if y < len(self._rows) else self.window.blank()
        place = self.window.places[y] if y < len(self.window.places) else None
        held = self._bar.held(y)
        browsed = place is not None and self._is_browsed(place)
        columns = None
        if self.selection is not None and place is not None:
            columns = self.selection.columns(place, self.window.width)
        state = (held, browsed, columns)
        painted = self._painted.get(y)
        if painted is not None and painted.row is row and painted.state == state:
            return painted.line
        strips = marked(row, self.window.look, columns, browsed=browsed)
        line = Strip.join([*strips, self._bar.piece(y, self.window.look)])
        for line_filter in self.get_line_filters():
            line = line.apply_filter(line_filter, self.background_colors[1])
        self._painted[y] = _Painted(row, state, line)
        return line

    # -- moving

    def scroll_lines(self, lines: int) -> None:
        """Move by lines."""
        self.window.scroll(lines)
        self.repaint()

    def scroll_pages(self, pages: int) -> None:
        """Move by screens, two lines overlapping."""
        self.scroll_lines(pages * max(1, self.window.height - 2))

    def go_to_start(self) -> None:
        """Show the first line."""
        self.window.to_start()
        self.repaint()

    def go_to_end(self) -> None:
        """Follow the end."""
        self.window.to_end()
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are wrapped anew as they come into sight."""
        self.window.resize(event.size.width - 1, event.size.height)
        self._painted.clear()
        self._rows = self.window.rows()
        self._bar = scrollbar_of(self.window)
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.scroll_lines(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.scroll_lines(WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scrollbar, or begin to select."""
        self.capture_mouse()
        self._pointing.press(event.x, event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the scrollbar, or select on."""
        self._pointing.move(event.x, event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        self.release_mouse()
        self._pointing.release()
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """Fold, or select what lies there."""
        self._pointing.click(event.x, event.y, event.chain)

    # -- selecting and browsing

    def select(self, selection: Selection | None) -> None:
        """Show what is selected."""
        if selection != self.selection:
            self.selection = selection
            self.refresh()

    def browse(self, entry: int | None) -> None:
        """Mark the message of an entry, and bring it into sight."""
        self._browsing.at = entry
        if entry is not None and not any(p and p.entry == entry for p in self.window.places):
            self.window.to_entry(entry)
            self.repaint()
        self.refresh()

    def browse_last(self) -> None:
        """Mark the newest message."""
        self.browse(self._browsing.last())

    def browse_node(self, node: str) -> None:
        """Mark a message by its id."""
        for entry in self._browsing.of(node):
            self.browse(entry)

    def browsed_node(self) -> str:
        """The id of the message that is browsed, "" if none is."""
        entry = self.browsed_entry()
        return entry.node if entry is not None else ""

    def browsed_entry(self) -> Entry | None:
        """The entry that is browsed, if one is."""
        return self._browsing.entry

    def _is_browsed(self, place: Place) -> bool:
        return self._browsing.covers(place.entry) and not self.window.is_gap(place)

    def action_browse(self, step: int) -> None:
        """The message before, or the next."""
        self._browse_stop(self._browsing.beside(step))

    def action_edge(self, side: int) -> None:
        """The first message, or the newest."""
        self._browse_stop(self._browsing.first() if side < 0 else self._browsing.last())

    def _browse_stop(self, entry: int | None) -> None:
        if entry is None:
            self.notify("There is no message here yet.", timeout=3)
        else:
            self.browse(entry)

    def action_extend(self, lines: int, columns: int) -> None:
        """Select on with the keys, from the browsed message or the first line in sight."""
        places = [place for place in self.window.places if place is not None]
        if not places:
            return
        if self.selection is None:
            browsed = (p for p in places if p.entry == self._browsing.at)
            first = next((p for p in browsed if not self.window.is_gap(p)), places[0])
            ends = Point(first, 0), Point(first, self.window.width - 1)
            self.select(Selection(*(ends[::-1] if lines < 0 else ends)))
            return
        head = self.selection.head
        at = places.index(head.place) if head.place in places else len(places) - 1
        if (at == len(places) - 1 and lines > 0) or (at == 0 and lines < 0):
            self.scroll_lines(lines)
            places = [place for place in self.window.places if place is not None]
            at = places.index(head.place) if head.place in places else at
        place = places[max(0, min(at + lines, len(places) - 1))]
        column = max(0, min(head.column + columns, self.window.width - 1))
        self.select(Selection(self.selection.anchor, Point(place, column)))

    def action_want(self, command: str) -> None:
        """Do something with the message that is browsed."""
        self.post_message(self.Wanted(command))

    def action_unfold(self) -> None:
        """Fold or unfold the thinking that is browsed."""
        if self._browsing.at is None or not self.toggle(self._browsing.at):
            told = "Nothing here folds: {transcript.before} and {transcript.next} go on from here."
            self.notify(with_keys(told), timeout=3)

    def toggle(self, index: int) -> bool:
        """Fold or unfold an entry; whether it can be."""
        folds = index < len(self.thread.entries) and self.thread.entries[index].toggle()
        if folds:
            self.refolded()
        return folds

    # -- painting

    def _refresh_lines(self, changed: list[int]) -> None:
        start = 0
        while start < len(changed):
            end = start
            while end + 1 < len(changed) and changed[end + 1] == changed[end] + 1:
                end += 1
            height = changed[end] - changed[start] + 1
            self.refresh(Region(0, changed[start], self.size.width, height))
            start = end + 1
