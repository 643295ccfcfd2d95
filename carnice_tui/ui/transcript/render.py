"""Draws Markdown block tokens as lines of a width."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from rich.segment import Segment
from rich.style import Style

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.ui.transcript.code import LineLexer, Piece
from carnice_tui.ui.transcript.inline import inline_spans
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.table import (
    Cells,
    Columns,
    alignment,
    heading_lines,
    plain,
    row_lines,
)
from carnice_tui.ui.transcript.wrap import Line, Span, hard_wrap, padded, wrap

NARROW = 8
"""Cells. Text nested so deeply that less is left is no longer indented further."""


@dataclass(frozen=True)
class Node:
    """A block token with what lies inside it."""

    token: Token
    children: list["Node"]

    @property
    def kind(self) -> str:
        """The token's type without `_open`."""
        return self.token.type.removesuffix("_open")

    @property
    def start(self) -> int:
        """The first line of the source, from 0."""
        return self.token.map[0] if self.token.map else -1


def nodes_of(tokens: Sequence[Token]) -> list[Node]:
    """The flat tokens as trees."""
    roots: list[Node] = []
    open_nodes: list[Node] = []
    for token in tokens:
        if token.nesting < 0:
            open_nodes.pop()
            continue
        node = Node(token, [])
        (open_nodes[-1].children if open_nodes else roots).append(node)
        if token.nesting > 0:
            open_nodes.append(node)
    return roots


@dataclass(frozen=True)
class Canvas:
    """Where a block is drawn: its width, the styles, and the source lines (for blank ones)."""

    width: int
    look: Look
    source: Sequence[str]
    depth: int = 0

    def inside(self, taken: int) -> "Canvas":
        """Within a list item or a quote whose mark takes `taken` cells."""
        return Canvas(max(NARROW, self.width - taken), self.look, self.source, self.depth + 1)

    def blank_before(self, line: int) -> bool:
        """Whether the source has an empty line before `line`."""
        return line > 0 and not self.source[line - 1].strip(" \t>")


def draw_nodes(nodes: Sequence[Node], canvas: Canvas) -> list[Line]:
    """Blocks one under the other; at the top there is always an empty line between them."""
    lines: list[Line] = []
    for index, node in enumerate(nodes):
        if index and (canvas.depth == 0 or canvas.blank_before(node.start)):
            lines.append([])
        lines.extend(draw_node(node, canvas))
    return lines


def draw_node(node: Node, canvas: Canvas) -> list[Line]:
    """One block."""
    look, width = canvas.look, canvas.width
    match node.kind:
        case "paragraph":
            return wrap(_spans(node, look, look.text), width)
        case "heading":
            style = look.heading if node.token.tag in ("h1", "h2") else look.heading_small
            return wrap(_spans(node, look, style), width)
        case "fence":
            language = sanitize_line(node.token.info)
            return code_lines(node.token.content, language, width, look)
        case "code_block":
            return code_lines(node.token.content, "", width, look)
        case "bullet_list" | "ordered_list":
            return _draw_list(node, canvas)
        case "blockquote":
            mark: Line = [Segment(f"{look.glyphs.quote} ", look.quote)]
            inner = draw_nodes(node.children, canvas.inside(2))
            return [[*mark, *line] for line in inner]
        case "table":
            return _draw_table(node, canvas)
        case "hr":
            return [[Segment(look.glyphs.rule * width, look.rule)]]
        case "math_block" | "html_block":
            style = look.muted if node.kind == "html_block" else look.text + look.math
            spans = [(line, style) for line in sanitize(node.token.content).splitlines()]
            return [line for span in spans for line in wrap([_untabbed(span)], width)]
        case _:
            return []


def draw_item(node: Node, canvas: Canvas, number: int | None) -> list[Line]:
    """A list item: its bullet, or its `number`, hangs before the text."""
    look = canvas.look
    children = node.children
    mark = f"{number}{node.token.markup} " if number is not None else f"{_bullet(canvas)} "
    first = (
        _spans(children[0], look, look.text) if children and children[0].kind == "paragraph" else []
    )
    task = plain(first[:1])[:4].lower()
    if task in ("[ ] ", "[x] "):
        mark = f"{look.glyphs.done if 'x' in task else look.glyphs.open} "
        first = [(first[0][0][4:], first[0][1]), *first[1:]]
    indent = len(mark)
    inner = canvas.inside(indent)
    lines: list[Line] = []
    for index, child in enumerate(children):
        if index and canvas.blank_before(child.start):
            lines.append([])
        lines.extend(wrap(first, inner.width) if first and index == 0 else draw_node(child, inner))
    marked: list[Line] = []
    for index, line in enumerate(lines or [[]]):
        lead = Segment(mark, look.accent) if index == 0 else Segment(" " * indent, look.text)
        marked.append([lead, *line])
    return marked


def _bullet(canvas: Canvas) -> str:
    bullets = canvas.look.glyphs.bullet
    return bullets[min(canvas.depth, len(bullets) - 1)]


def _draw_list(node: Node, canvas: Canvas) -> list[Line]:
    number = int(node.token.attrs.get("start", 1)) if node.kind == "ordered_list" else None
    lines: list[Line] = []
    for index, item in enumerate(node.children):
        if index and canvas.blank_before(item.start):
            lines.append([])
        lines.extend(draw_item(item, canvas, None if number is None else number + index))
    return lines


def _spans(node: Node, look: Look, base: Style) -> list[Span]:
    children = [token for child in node.children for token in child.token.children or []]
    return inline_spans(children, look, base)


def _untabbed(span: Span) -> Span:
    return (span[0].expandtabs(4), span[1])


def code_lines(text: str, language: str, width: int, look: Look) -> list[Line]:
    """A whole piece of code under its language's name."""
    lexer = LineLexer(language)
    lines = label_line(language, width, look)
    for line in sanitize(text).removesuffix("\n").split("\n") if text else ():
        lines.extend(code_line(lexer.line(line), width, look))
    return lines or [padded([], width, look.code)]


def label_line(language: str, width: int, look: Look) -> list[Line]:
    """The line above code that names its language; none where it has none."""
    if not language:
        return []
    line = wrap([(f" {language}", look.label)], width)[0]
    return [padded(line, width, look.label)]


def code_line(pieces: Sequence[Piece], width: int, look: Look) -> list[Line]:
    """One line of code on its ground, continued below where it is too long."""
    margin = Segment(" ", look.code)
    spans = [(text, look.token(kind)) for kind, text in pieces]
    return [
        padded([margin, *line], width, look.code) for line in hard_wrap(spans, max(1, width - 2))
    ]


def table_parts(node: Node, look: Look) -> Iterator[tuple[str, Cells, list[str]]]:
    """("heading" or "row", cells, alignments) of each row of a table."""
    for section in node.children:
        kind = "heading" if section.kind == "thead" else "row"
        for row in section.children:
            style = look.heading_small if kind == "heading" else look.text
            cells = [
                inline_spans(
                    [t for c in cell.children for t in c.token.children or []], look, style
                )
                for cell in row.children
            ]
            aligns = [alignment(cell.token.attrs.get("style", "")) for cell in row.children]
            yield kind, cells, aligns


def _draw_table(node: Node, canvas: Canvas) -> list[Line]:
    columns: Columns | None = None
    rows: list[tuple[str, Cells]] = []
    for kind, cells, aligns in table_parts(node, canvas.look):
        columns = columns or Columns(aligns, [plain(cell) for cell in cells])
        columns.measure(cells)
        rows.append((kind, cells))
    lines: list[Line] = []
    if columns is not None:
        for kind, cells in rows:
            draw = heading_lines if kind == "heading" else row_lines
            lines.extend(draw(cells, columns, canvas.width, canvas.look))
    return lines
