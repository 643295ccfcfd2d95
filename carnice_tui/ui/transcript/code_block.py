"""Blocks of code: some lines of a fence, whole ones and those that are still being written."""

from collections.abc import Sequence

from carnice_tui.core.sanitize import sanitize
from carnice_tui.ui.transcript.block import Block
from carnice_tui.ui.transcript.code import LineLexer
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.render import code_line, label_line
from carnice_tui.ui.transcript.wrap import Line, padded


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


def code_of_card(lines: Sequence[str], language: str) -> CodeBlock:
    """Lines of code that stand in a card, without the language's name over them."""
    return CodeBlock(lines, language, LineLexer(language), first=False)


def diff_of_card(diff: str) -> CodeBlock:
    """A diff, made safe, that stands in a card."""
    return code_of_card(sanitize(diff).rstrip("\n").split("\n"), "diff")
