"""Blocks of a table: a row each, in columns that the rows decide on together."""

from carnice_tui.ui.transcript.look import Look, unstyled
from carnice_tui.ui.transcript.markdown import parser
from carnice_tui.ui.transcript.markdown_block import MarkdownBlock, References
from carnice_tui.ui.transcript.render import nodes_of, table_parts
from carnice_tui.ui.transcript.table import (
    MEASURED_ROWS,
    Columns,
    heading_lines,
    plain,
    row_lines,
)
from carnice_tui.ui.transcript.wrap import Line, wrap


class RowBlock(MarkdownBlock):
    """One row of a table: parsed under the table's head, drawn in its columns."""

    __slots__ = ("_columns", "_head", "_heading")
    is_row = True

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
