"""Cards: what is no prose stands behind a coloured edge, under a title."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

from carnice_tui.core.quantities import counted
from carnice_tui.core.sanitize import sanitize
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.transcript.block import Block, Frame, TextBlock
from carnice_tui.ui.transcript.code_block import code_of_card
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.wrap import Line, Span, wrap

Part = tuple[str, str]
"""Text, and the name of one of the look's styles; "strong" after a plus sign makes it bold."""


def _one_line(text: str) -> str:
    """Safe, without line ends, but with the blanks at its ends."""
    return sanitize(text).replace("\n", " ").expandtabs(4)


def styled(look: Look, name: str) -> Style:
    """The style that `name` names: "error", "error+strong"."""
    base, _, added = name.partition("+")
    style: Style = getattr(look, base)
    return style + look.strong if added else style


class PartsBlock(Block):
    """One line of several styles, wrapped; what wraps is indented to stand under its text."""

    __slots__ = ("_indent", "_parts")

    def __init__(self, parts: Sequence[Part], source: str = "", *, indent: int = 0) -> None:
        """`source` is what is copied; `indent` in cells."""
        super().__init__(source, gap=False)
        self._parts = [(_one_line(text), style) for text, style in parts]
        self._indent = indent

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines."""
        spans: list[Span] = [(text, styled(look, style)) for text, style in self._parts]
        if not self._indent:
            return wrap(spans, width)
        first, *rest = spans
        lead = Segment(first[0].ljust(self._indent), first[1])
        blank = Segment(" " * self._indent, look.text)
        lines = wrap(rest, max(1, width - self._indent))
        return [[blank if at else lead, *line] for at, line in enumerate(lines)]


class LineEntry(Entry):
    """A card or a footer: plain text in one style, behind a coloured edge where it has one."""

    def __init__(
        self, node: str, text: str, style: str = "muted", edge: str = "", *, tight: bool = False
    ) -> None:
        """`style` and `edge` name styles of the look; no edge: none is drawn."""
        super().__init__(node)
        self.tight = tight
        self._edge = edge
        self._style = style
        self._blocks: list[Block] = []
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Say something else."""
        self._blocks = [TextBlock(sanitize(text), self._style)]

    def recolour(self, edge: str) -> None:
        """Another edge."""
        self._edge = edge
        self._frame = None

    def open(self) -> Sequence[Block]:
        """Its text."""
        return self._blocks

    def make_frame(self, look: Look) -> Frame:
        """An edge in its colour."""
        if not self._edge:
            return super().make_frame(look)
        edge = Segment(f"{look.glyphs.card} ", getattr(look, self._edge))
        return Frame(look.text, edge, edge)


class FooterEntry(LineEntry):
    """The figures under an answer."""


class CardEntry(LineEntry):
    """A card: a title in its colour, text under it, a coloured edge."""

    def __init__(self, node: str, title: str, text: str = "", style: str = "muted") -> None:
        """`style` names one of the look's: "error", "warning", "success", "primary"."""
        self._title = TextBlock(sanitize(title), style)
        super().__init__(node, text, "text", style)

    @property
    def source(self) -> str:
        """Title and text."""
        return "\n".join(block.source for block in self.open())

    def open(self) -> Sequence[Block]:
        """Title, then text."""
        body = [block for block in self._blocks if block.source]
        return (self._title, *body)


class FoldedEntry(CardEntry):
    """A card whose text is long: its first lines, or all of it."""

    stops = True

    def __init__(
        self, node: str, title: str, text: str, style: str, *, shown: int, language: str = ""
    ) -> None:
        """`shown` lines while it is folded; `language` colours it as code."""
        super().__init__(node, title, "", style)
        self._text = text
        self._shown = shown
        self._language = language
        self.folded = True
        self.fold(folded=True)

    @property
    def source(self) -> str:
        """All of it."""
        return self._text

    def folds_at(self, block: int) -> bool:
        """At its title, and at the line that says that there is more."""
        return block == 0 or (self.folded and block == self.count() - 1)

    def toggle(self) -> bool:
        """All of it, or its first lines."""
        self.fold(folded=not self.folded)
        return True

    def fold(self, *, folded: bool) -> None:
        """Show its first lines, or all of it."""
        self.folded = folded
        lines = sanitize(self._text).rstrip("\n").split("\n")
        cut = lines[: self._shown] if folded else lines
        self._blocks = [self._body(cut)] if self._text.strip() else []
        if more := len(lines) - len(cut):
            lines_more = counted(more, "more line")
            hint = with_keys(f"{lines_more} · {{browse}}, then {{transcript.unfold}}")
            self._blocks.append(PartsBlock([(hint, "muted")]))

    def open(self) -> Sequence[Block]:
        """Title, then what is shown of the text."""
        return (self._title, *self._blocks)

    def _body(self, lines: list[str]) -> Block:
        if self._language:
            return code_of_card(lines, self._language)
        return TextBlock("\n".join(lines))
