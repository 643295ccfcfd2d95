"""What is selected: from one cell of the transcript to another."""

from dataclasses import dataclass

from carnice_tui.ui.transcript.window import Place


@dataclass(frozen=True, order=True)
class Point:
    """A cell of the transcript."""

    place: Place
    column: int


@dataclass(frozen=True)
class Selection:
    """From where the mouse went down (or the keys began) to where it is now."""

    anchor: Point
    head: Point

    @property
    def start(self) -> Point:
        """The earlier end."""
        return min(self.anchor, self.head)

    @property
    def end(self) -> Point:
        """The later end; its cell is selected too."""
        return max(self.anchor, self.head)

    def columns(self, place: Place, width: int) -> tuple[int, int] | None:
        """The cells of a line that are selected: first, and one past the last."""
        if not self.start.place <= place <= self.end.place:
            return None
        first = self.start.column if place == self.start.place else 0
        last = self.end.column + 1 if place == self.end.place else width
        return (first, last) if first < last else None
