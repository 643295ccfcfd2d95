"""A block: a piece of a transcript that is drawn on its own and never changes once frozen."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.wrap import Line, padded, wrap


@dataclass(frozen=True, eq=False)
class Frame:
    """What surrounds the lines of an entry: its ground, and a mark before the first line."""

    ground: Style
    first: Segment
    rest: Segment
    right: int = 2

    def inner(self, width: int) -> int:
        """Cells left for text."""
        return max(1, width - self.first.cell_length - self.right)


class Block(ABC):
    """A piece of the transcript: source text, and cached lines for one width."""

    __slots__ = ("__weakref__", "_height", "_key", "_source", "_strips", "gap")
    is_row = False
    """Whether texts stand beside each other in its lines, as in the row of a table."""

    def __init__(self, source: str = "", *, gap: bool = True) -> None:
        """`source` is "" for what is ours and nobody wrote."""
        self._source = source
        self.gap = gap
        """Whether an empty line sets it off from the block before it."""
        self._key: tuple[object, ...] = ()
        self._strips: list[Strip] | None = None
        self._height: tuple[int, int] = (0, 0)  # for the width, in lines

    @property
    def source(self) -> str:
        """The text as it was written: what is copied."""
        return self._source

    @abstractmethod
    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines at `width` cells."""

    @property
    def version(self) -> int:
        """Grows when something outside it changes how it looks."""
        return 0

    def strips(self, width: int, look: Look, frame: Frame, *, leads: bool = False) -> list[Strip]:
        """The painted lines. `leads`: it carries the mark of its frame."""
        key = (width, look, frame, leads, self.version)
        if self._strips is None or key != self._key:
            lines = self.draw(frame.inner(width), look)
            self._strips = [
                _framed(line, frame.first if leads and not at else frame.rest, frame, width)
                for at, line in enumerate(lines)
            ]
            self._key = key
            self._height = (width, len(lines))
        return self._strips

    def release(self) -> None:
        """Let go of the painted lines; the height stays known."""
        self._strips = None

    def height(self, width: int) -> int:
        """Lines at `width`: as painted, or estimated where it never was."""
        known, height = self._height
        if known == width:
            return height
        source = self.source
        return max(source.count("\n"), len(source) // max(1, width - 4)) + 1


def _framed(line: Line, lead: Segment, frame: Frame, width: int) -> Strip:
    segments = [lead, *line]
    return Strip(padded(segments, width, frame.ground), width)


class TextBlock(Block):
    """Plain text, shown as it was typed."""

    __slots__ = ("_style",)

    def __init__(self, source: str, style: str = "text", *, gap: bool = False) -> None:
        """`style` names one of the look's."""
        super().__init__(source, gap=gap)
        self._style = style

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines."""
        style: Style = getattr(look, self._style)
        lines: list[Line] = []
        for text in self._source.expandtabs(4).split("\n"):
            lines.extend(wrap([(text, style)], width))
        return lines
