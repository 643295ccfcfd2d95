"""Blocks: pieces of a transcript that are drawn on their own and never change once frozen."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from carnice_tui.ui.transcript.code import LineLexer
from carnice_tui.ui.transcript.look import Look, unstyled
from carnice_tui.ui.transcript.markdown import parser
from carnice_tui.ui.transcript.render import (
    Canvas,
    code_line,
    draw_item,
    draw_nodes,
    label_line,
    nodes_of,
    table_parts,
)
from carnice_tui.ui.transcript.table import (
    MEASURED_ROWS,
    Columns,
    heading_lines,
    plain,
    row_lines,
)
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


@dataclass
class References:
    """The link reference definitions of one text. A later one may turn earlier text to links."""

    defined: dict[str, object] = field(default_factory=dict[str, object])
    version: int = 0

    def add(self, found: dict[str, object]) -> None:
        """Take definitions in: the first of a name counts."""
        for name, definition in found.items():
            if name not in self.defined:
                self.defined[name] = definition
                self.version += 1

    def env(self) -> dict[str, object]:
        """What the parser is given; what it adds stays out of here."""
        return {"references": dict(self.defined)}


class Block(ABC):
    """A piece of the transcript: source text, and cached lines for one width."""

    __slots__ = ("__weakref__", "_height", "_key", "_strips", "gap")

    def __init__(self, *, gap: bool = True) -> None:
        self.gap = gap
        """Whether an empty line sets it off from the block before it."""
        self._key: tuple[object, ...] = ()
        self._strips: list[Strip] | None = None
        self._height: tuple[int, int] = (0, 0)  # for the width, in lines

    @property
    @abstractmethod
    def source(self) -> str:
        """The text as it was written: what is copied."""

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


class MarkdownBlock(Block):
    """One or more top-level Markdown blocks."""

    __slots__ = ("_refs", "_source")

    def __init__(self, source: str, refs: References, *, gap: bool = True) -> None:
        super().__init__(gap=gap)
        self._source = source
        self._refs = refs

    @property
    def source(self) -> str:
        """The Markdown, without the end of its last line."""
        return self._source.removesuffix("\n")

    @property
    def version(self) -> int:
        """Of the definitions, where a bracket could be a link to one."""
        return self._refs.version if "[" in self._source else 0

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines."""
        return draw_nodes(nodes_of(self._parse()), self._canvas(width, look))

    def _parse(self) -> list[Token]:
        return parser().parse(self._source, self._refs.env() if "[" in self._source else {})

    def _canvas(self, width: int, look: Look) -> Canvas:
        return Canvas(width, look, self._source.split("\n"))


class ItemBlock(MarkdownBlock):
    """One item of a top-level list; `number` is its place in a numbered one."""

    __slots__ = ("_number",)

    def __init__(self, source: str, refs: References, number: int | None, *, gap: bool) -> None:
        super().__init__(source, refs, gap=gap)
        self._number = number

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines, after its bullet or number."""
        canvas = self._canvas(width, look)
        lines: list[Line] = []
        for node in nodes_of(self._parse()):
            if node.kind.endswith("_list") and node.children and not lines:
                lines.extend(draw_item(node.children[0], canvas, self._number))
            else:
                lines.extend(draw_nodes([node], canvas))
        return lines


class CodeBlock(Block):
    """Some lines of a fence. Only the first of a fence carries the language's name."""

    __slots__ = ("_language", "_lexer", "_lines")

    def __init__(
        self, lines: Sequence[str], language: str, lexer: LineLexer, *, first: bool
    ) -> None:
        """`lexer` stands where these lines begin."""
        super().__init__(gap=first)
        self._lines = tuple(lines)
        self._language = language if first else ""
        self._lexer = lexer

    @property
    def source(self) -> str:
        """The code alone."""
        return "\n".join(self._lines)

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines, highlighted."""
        lexer = self._lexer.copy()
        lines = label_line(self._language, width, look)
        for text in self._lines:
            lines.extend(code_line(lexer.line(text), width, look))
        return lines or [padded([], width, look.code)]


class OpenCode(Block):
    """The last lines of a fence that is still being written.

    Whole lines are drawn once; only the last, which still grows, is drawn each time.
    """

    __slots__ = ("_drawn", "_for", "_language", "_lexed", "_lexer", "lines", "partial", "start")

    def __init__(self, language: str, lexer: LineLexer, *, first: bool) -> None:
        super().__init__(gap=first)
        self.lines: list[str] = []
        self.partial = ""
        self._language = language if first else ""
        self.start = lexer.copy()
        """Stands where its lines begin."""
        self._lexer = lexer
        self._for: tuple[int, Look] | None = None
        self._drawn: list[Line] = []
        self._lexed = 0

    @property
    def source(self) -> str:
        """The code so far."""
        return "\n".join([*self.lines, self.partial] if self.partial else self.lines)

    @property
    def version(self) -> int:
        """Every change of it."""
        return len(self.lines) * 1_000_000 + len(self.partial)

    def add(self, line: str) -> None:
        """One more whole line."""
        self.lines.append(line)

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines, highlighted."""
        if self._for is None or self._for[0] != width or self._for[1] is not look:
            self._for = (width, look)
            self._lexer, self._lexed = self.start.copy(), 0
            self._drawn = label_line(self._language, width, look)
        for text in self.lines[self._lexed :]:
            self._drawn.extend(code_line(self._lexer.line(text), width, look))
        self._lexed = len(self.lines)
        if not self.partial:
            return list(self._drawn) or [padded([], width, look.code)]
        return [*self._drawn, *code_line(self._lexer.peek(self.partial), width, look)]

    def lexer_after(self) -> LineLexer:
        """A lexer that stands behind its lines."""
        lexer = self._lexer.copy()
        for text in self.lines[self._lexed :]:
            lexer.line(text)
        return lexer


class RowBlock(MarkdownBlock):
    """One row of a table: parsed under the table's head, drawn in its columns."""

    __slots__ = ("_columns", "_head", "_heading")

    def __init__(
        self, head: str, row: str, columns: Columns, refs: References, *, heading: bool
    ) -> None:
        super().__init__(row, refs, gap=heading)
        self._head = head
        self._columns = columns
        self._heading = heading

    @property
    def version(self) -> int:
        """Of the columns' widths and the definitions."""
        return super().version * 1_000 + self._columns.version

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines; under the headings a rule."""
        text = self._head if self._heading else f"{self._head}\n{self._source}"
        nodes = nodes_of(parser().parse(text, self._refs.env()))
        wanted = "heading" if self._heading else "row"
        for kind, cells, _ in table_parts(nodes[0], look) if nodes else ():
            if kind == wanted:
                draw = heading_lines if self._heading else row_lines
                return draw(cells, self._columns, width, look)
        return wrap([(self._source, look.text)], width)


def columns_of(head: str) -> Columns:
    """The columns that a table's first two lines tell."""
    nodes = nodes_of(parser().parse(head))
    for _, cells, aligns in table_parts(nodes[0], unstyled()):
        columns = Columns(aligns, [plain(cell) for cell in cells])
        columns.measure(cells)
        return columns
    return Columns([], [])


def measure_row(head: str, row: str, columns: Columns) -> None:
    """Let a row decide on the widths of `columns`."""
    if columns.measured >= MEASURED_ROWS:
        return
    nodes = nodes_of(parser().parse(f"{head}\n{row}"))
    for kind, cells, _ in table_parts(nodes[0], unstyled()) if nodes else ():
        if kind == "row":
            columns.measure(cells)


class TextBlock(Block):
    """Plain text, shown as it was typed."""

    __slots__ = ("_source", "_style")

    def __init__(self, source: str, style: str = "text", *, gap: bool = False) -> None:
        """`style` names one of the look's."""
        super().__init__(gap=gap)
        self._source = source
        self._style = style

    @property
    def source(self) -> str:
        """The text."""
        return self._source

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines."""
        style: Style = getattr(look, self._style)
        lines: list[Line] = []
        for text in self._source.expandtabs(4).split("\n"):
            lines.extend(wrap([(text, style)], width))
        return lines
