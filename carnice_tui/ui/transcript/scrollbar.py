"""The transcript's scrollbar: a cell at the end of each line."""

from dataclasses import dataclass

from rich.segment import Segment
from textual.strip import Strip

from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.window import Window


@dataclass(frozen=True)
class Scrollbar:
    """Its thumb covers the lines from `top` to before `bottom`; both 0: none is needed."""

    top: int = 0
    bottom: int = 0

    def held(self, y: int) -> bool | None:
        """Whether the thumb covers line `y`; None where there is no scrollbar."""
        return self.top <= y < self.bottom if self.bottom else None

    def piece(self, y: int, look: Look) -> Strip:
        """Its cell of line `y`."""
        held = self.held(y)
        if held is None:
            return Strip([Segment(" ", look.text)], 1)
        style = look.scrollbar_thumb if held else look.scrollbar
        return Strip([Segment(look.glyphs.scrollbar, style)], 1)


def scrollbar_of(window: Window) -> Scrollbar:
    """The scrollbar for what `window` shows now, by estimated heights."""
    height, total = window.height, window.total()
    if total <= height:
        return Scrollbar()
    size = max(1, height * height // total)
    top = round(window.above() * (height - size) / max(1, total - height))
    top = max(0, min(top, height - size))
    return Scrollbar(top, top + size)
