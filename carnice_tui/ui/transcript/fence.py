"""A fence while it is written: whole lines become blocks, the last ones stay open."""

import re

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.transcript.code import LineLexer
from carnice_tui.ui.transcript.code_block import OpenCode
from carnice_tui.ui.transcript.forms import Code, unindented
from carnice_tui.ui.transcript.frozen import Cut

CHUNK = 32
"""Lines of code in one block."""

_OPENING = re.compile(r"(?P<indent> {0,3})(?P<marks>`{3,}|~{3,})(?P<info>.*)")


class Fence:
    """Takes the lines after the one that opened it."""

    def __init__(self, opening: str, at: int) -> None:
        """`at` is the place in the text where the line after `opening` begins.

        Raises:
            ValueError: `opening` opens no fence.
        """
        found = _OPENING.match(opening)
        if found is None:
            raise ValueError(f"no fence: {opening!r}")
        marks = found["marks"]
        self._closing = re.compile(rf" {{0,3}}{re.escape(marks[0])}{{{len(marks)},}}[ \t]*")
        self._indent = len(found["indent"])
        self._language = sanitize_line(found["info"])
        self._done: list[Cut] = []
        self._code = OpenCode(self._language, LineLexer(self._language), first=True)
        self._begin = self._at = at

    def take(self, line: str) -> bool:
        """One more whole line; whether it closed the fence."""
        if self._closing.fullmatch(line):
            return True
        if len(self._code.lines) == CHUNK:
            self._done.append(self._cut())
            self._begin = self._at
            self._code = OpenCode(self._language, self._code.lexer_after(), first=False)
        self._code.add(unindented(line, self._indent))
        self._at += len(line) + 1
        return False

    def drain(self) -> list[Cut]:
        """The blocks that are full since the last time."""
        done, self._done = self._done, []
        return done

    def close(self) -> list[Cut]:
        """All that is left."""
        return [*self.drain(), self._cut()]

    def open_block(self, partial: str) -> OpenCode:
        """The last lines, and the one being written unless it may be the closing one."""
        may_close = partial.strip()[:1] in ("`", "~") and not partial.strip().strip("`~")
        self._code.partial = "" if may_close else unindented(partial, self._indent)
        return self._code

    def _cut(self) -> Cut:
        form = Code(self._language, self._code.start, self._indent, gap=self._code.gap)
        return Cut(self._begin, self._at, form)
