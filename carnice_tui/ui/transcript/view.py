"""The transcript's widget: paints the window's lines and takes keys, wheel and mouse."""

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.window import Window

WHEEL = 3
"""Lines a notch of the wheel moves."""

NEW_BELOW = " ↓ new below · End goes there "


class Transcript(Widget, can_focus=True):
    """Paints a thread. `repaint` looks which lines have changed and refreshes only those."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Transcript { height: 1fr; width: 1fr; }"

    def __init__(self, thread: Thread, look: Look) -> None:
        super().__init__(id="transcript")
        self.thread = thread
        self.window = Window(thread.entries, look)
        self.new_below = False
        self._rows: list[Strip] = []
        self._painted: dict[int, tuple[Strip, bool, Strip]] = {}
        self._bar: tuple[int, int] = (0, 0)
        self._dragging = False

    def repaint(self) -> None:
        """Show the thread as it is now."""
        if not self._rows:
            return
        old, old_bar = self._rows, self._bar
        rows = self.window.rows()
        self._rows, self._bar = rows, self._thumb()
        if self.window.follows:
            self.new_below = False
        elif self.new_below:
            rows[-1] = self._mark()
        changed = [
            y
            for y, row in enumerate(rows)
            if y >= len(old) or row is not old[y] or _in(y, self._bar) != _in(y, old_bar)
        ]
        self._refresh_lines(changed)

    def content_grew(self) -> None:
        """Something came at the end: shown if the end is, else marked."""
        if not self.window.follows:
            self.new_below = True
        self.repaint()

    def replaced(self) -> None:
        """The thread shows another branch."""
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
        held = _in(y, self._bar)
        painted = self._painted.get(y)
        if painted is not None and painted[0] is row and painted[1] == held:
            return painted[2]
        line = Strip.join([row, self._bar_piece(y)])
        for line_filter in self.get_line_filters():
            line = line.apply_filter(line_filter, self.background_colors[1])
        self._painted[y] = (row, held, line)
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
        self._bar = self._thumb()
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
        """Take hold of the scrollbar."""
        if event.x >= self.window.width:
            self._dragging = True
            self.capture_mouse()
            self._drag_to(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the scrollbar."""
        if self._dragging:
            self._drag_to(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of it."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            event.stop()

    def _drag_to(self, y: int) -> None:
        self.window.to_fraction(y / max(1, self.window.height))
        self.repaint()

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

    def _thumb(self) -> tuple[int, int]:
        """First and last line of the scrollbar's thumb (0, 0: none is needed)."""
        height, total = self.window.height, self.window.total()
        if total <= height:
            return (0, 0)
        size = max(1, height * height // total)
        top = round(self.window.above() * (height - size) / max(1, total - height))
        top = max(0, min(top, height - size))
        return (top, top + size)

    def _bar_piece(self, y: int) -> Strip:
        look = self.window.look
        if self._bar == (0, 0):
            return _piece(" ", look.text)
        return _piece("▐", look.scrollbar_thumb if _in(y, self._bar) else look.scrollbar)

    def _mark(self) -> Strip:
        look, width = self.window.look, self.window.width
        text = NEW_BELOW[:width]
        left = (width - len(text)) // 2
        return Strip(
            [
                Segment(" " * left, look.text),
                Segment(text, look.selected),
                Segment(" " * (width - left - len(text)), look.text),
            ],
            width,
        )


def _in(y: int, span: tuple[int, int]) -> bool:
    return span[0] <= y < span[1]


def _piece(text: str, style: Style) -> Strip:
    return Strip([Segment(text, style)], 1)
