"""The forms of what Markdown is cut into: what the blocks of one kind share."""

from dataclasses import dataclass

from carnice_tui.ui.transcript.code import LineLexer
from carnice_tui.ui.transcript.code_block import CodeBlock
from carnice_tui.ui.transcript.frozen import NO_NUMBER
from carnice_tui.ui.transcript.markdown_block import ItemBlock, MarkdownBlock, References
from carnice_tui.ui.transcript.row_block import RowBlock
from carnice_tui.ui.transcript.table import Columns


@dataclass(frozen=True, slots=True)
class Prose:
    """Whole Markdown blocks, or pieces of a paragraph that is very long."""

    refs: References
    gap: bool = True

    def block(self, source: str, number: int) -> MarkdownBlock:  # noqa: ARG002 - as of any form
        """One of them."""
        return MarkdownBlock(source, self.refs, gap=self.gap)


@dataclass(frozen=True, slots=True)
class Item:
    """Items of a list."""

    refs: References
    gap: bool

    def block(self, source: str, number: int) -> ItemBlock:
        """One of them."""
        shown = None if number == NO_NUMBER else number
        return ItemBlock(source, self.refs, shown, gap=self.gap)


@dataclass(frozen=True, slots=True)
class Row:
    """Rows of a table, or its headings: they alone are set off."""

    head: str
    columns: Columns
    refs: References
    gap: bool

    def block(self, source: str, number: int) -> RowBlock:  # noqa: ARG002 - as of any form
        """One of them."""
        return RowBlock(self.head, source, self.columns, self.refs, heading=self.gap)


@dataclass(frozen=True, slots=True)
class Code:
    """Some lines of a fence: what they are lexed by, which stands where they begin."""

    language: str
    lexer: LineLexer
    indent: int
    gap: bool
    """Whether they are the first."""

    def block(self, source: str, number: int) -> CodeBlock:  # noqa: ARG002 - as of any form
        """They."""
        lines = source.removesuffix("\n").split("\n") if source else []
        shown = [unindented(line, self.indent) for line in lines]
        return CodeBlock(shown, self.language, self.lexer, first=self.gap)


def unindented(line: str, indent: int) -> str:
    """`line` without the blanks that its fence stands behind."""
    spaces = len(line) - len(line.lstrip(" "))
    return line[min(indent, spaces) :]
