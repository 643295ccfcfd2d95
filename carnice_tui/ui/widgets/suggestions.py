"""What the composer offers while you type `/` or `@`: a few lines above it."""

from rich.text import Text
from textual.widget import Widget

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.widgets.kept import KeepsLines


class Suggestions(Enduring, KeepsLines, Widget):
    """A short list with one line highlighted. Tab takes it, Esc closes it."""

    DEFAULT_CSS = """
    Suggestions { height: auto; max-height: 9; width: 1fr; padding: 0 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(id="suggestions")
        self.display = False
        self._lines: list[tuple[str, str]] = []
        self._at = 0

    @property
    def chosen(self) -> str | None:
        """What the highlighted line stands for."""
        return self._lines[self._at][0] if self.display and self._lines else None

    def offer(self, lines: list[tuple[str, str]]) -> None:
        """List these: what is put in, and what is said beside it."""
        if lines != self._lines:
            self._at = 0
        self._lines = lines
        self.display = bool(lines)
        self.refresh(layout=True)

    def move(self, step: int) -> None:
        """The highlight goes on, in a circle."""
        if self._lines:
            self._at = (self._at + step) % len(self._lines)
            self.refresh()

    def render(self) -> Text:
        """The lines."""
        width = max(1, self.content_size.width)
        text = Text(no_wrap=True, end="", overflow="ellipsis")
        for index, (value, note) in enumerate(self._lines):
            line = f"{sanitize_line(value)}  {sanitize_line(note)}"[:width].ljust(width)
            text.append(line, "reverse" if index == self._at else "")
            if index + 1 < len(self._lines):
                text.append("\n")
        return text
