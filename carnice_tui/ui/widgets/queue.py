"""What you sent while the model was busy: it waits here, and can be taken back."""

from rich.text import Text
from textual.widget import Widget

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.queued import Queued
from carnice_tui.ui.widgets.kept import KeepsLines

SHOWN = 3
"""Messages that are listed; of the rest only the number."""


class QueueLine(Enduring, KeepsLines, Widget):
    """A line for each message that waits. Up in the empty composer takes the last one back."""

    DEFAULT_CSS = "QueueLine { height: auto; width: 1fr; padding: 0 1; color: $text-muted; }"

    def __init__(self) -> None:
        super().__init__(id="queue")
        self._lines: list[str] = []
        self.display = False

    def show(self, queue: list[Queued]) -> None:
        """List what waits."""
        lines = [f"waiting · {sanitize_line(message.text)}" for message in queue[:SHOWN]]
        if len(queue) > SHOWN:
            lines.append(f"and {len(queue) - SHOWN} more")
        if lines:
            lines[-1] += "  (↑ takes it back)"
        if lines != self._lines:
            self._lines = lines
            self.display = bool(lines)
            self.refresh(layout=True)

    def render(self) -> Text:
        """The lines, cut at the edge."""
        width = max(1, self.content_size.width)
        lines = [line if len(line) <= width else line[: width - 1] + "…" for line in self._lines]
        return Text("\n".join(lines), no_wrap=True, end="")
