"""The first frame of a chat as cells, made without Textual, which takes longer to load than
this takes to paint. A test holds it to what the app itself paints first, cell by cell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from carnice_tui.core.messages import Mode
from carnice_tui.core.settings import Settings
from carnice_tui.ui.themes import Colours
from carnice_tui.ui.words import (
    STARTING,
    Welcome,
    placeholder,
    standing,
    status_text,
    welcome_of,
)

MARGIN = 2
"""Cells left and right of what stands in the transcript; the scrollbar takes one more."""

_MARKED = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|`(?P<code>[^`]+)`|(?P<text>[^*`]+)")


@dataclass(frozen=True)
class Ink:
    """How cells are painted: colours as #rrggbb."""

    colour: str
    ground: str
    bold: bool = False


Row = list[tuple[str, Ink]]
"""One line of the screen, in pieces; characters are one cell wide."""


@dataclass(frozen=True)
class FirstFrame:
    """What the app begins with. `draft` is the text that was not sent last time."""

    settings: Settings
    mode: Mode = "chat"
    draft: str = ""
    welcomes: bool = True
    """Whether the conversation is new: a session that is read first is not there yet."""

    def rows(self, colours: Colours, columns: int, lines: int) -> list[Row]:
        """Every line of a screen of this size, painted to its right edge."""
        page = Ink(colours.text, colours.background)
        above = [_filled([], columns, page) for _ in range(max(0, lines - 2))]
        if self.welcomes:
            server = self.settings.remote.base_url
            shown = _welcome(welcome_of(self.mode, server), colours, columns - 1 - 2 * MARGIN)
            if len(shown) <= len(above):
                for y, row in enumerate(shown):
                    above[y] = _filled([(" " * MARGIN, page), *row], columns, page)
        return [*above, self._composer(colours, columns), self._status(colours, columns)]

    def _composer(self, colours: Colours, columns: int) -> Row:
        ground = Ink(colours.text, colours.surface)
        cursor = Ink(colours.background, colours.text)
        width = columns - 2
        row: Row = [(" ", ground)]
        if not self.draft:
            (text, *_) = _wrapped(placeholder(self.mode), width)
            row += [(text[:1], cursor), (text[1:], Ink(colours.muted, colours.surface))]
        elif _is_plain(self.draft) and len(self.draft) < width:
            row += [(self.draft, ground), (" ", cursor)]
        return _filled(row, columns, ground)

    def _status(self, colours: Colours, columns: int) -> Row:
        settings = self.settings
        thinking = settings.bugs.thinking if self.mode == "bugs" else settings.thinking.mode
        marks = [] if settings.sessions.save else ["private"]
        left = standing(settings.model, STARTING, self.mode, thinking, marks=marks)
        vim = ["INSERT"] if settings.ui.vim_keys else []
        ink = Ink(colours.muted, colours.background)
        return _filled([(" " + status_text([*vim, *left], [], columns - 2), ink)], columns, ink)


def _welcome(welcome: Welcome, colours: Colours, width: int) -> list[Row]:
    """The empty state as the transcript draws it; nothing where that takes more than this."""
    page = Ink(colours.text, colours.background)
    if not _is_plain(welcome.source.replace("\n", "")):
        return []
    heading = Ink(colours.primary, colours.background, bold=True)
    rows: list[Row] = [[(welcome.heading, heading)], []]
    rows += _paragraph(welcome.text, colours, width)
    rows.append([])
    for number, step in enumerate(welcome.steps, 1):
        mark: Row = [(f"{number}. ", Ink(colours.accent, colours.background))]
        for line in _paragraph(step, colours, width - 3):
            rows.append([*mark, *line])
            mark = [("   ", page)]
    return rows


def _paragraph(source: str, colours: Colours, width: int) -> list[Row]:
    """A paragraph with strong words and code, in lines of `width` cells."""
    inks: list[tuple[str, Ink]] = []
    for found in _MARKED.finditer(source):
        if found["code"]:
            ink = Ink(colours.accent, colours.surface)
        else:
            ink = Ink(colours.text, colours.background, bold=bool(found["strong"]))
        inks.append((found["strong"] or found["code"] or found["text"], ink))
    cells = [(char, ink) for text, ink in inks for char in text]
    rows: list[Row] = []
    at = 0
    for line in _wrapped("".join(char for char, _ in cells), width):
        rows.append(cells[at : at + len(line)])
        at += len(line) + 1
    return rows


def _wrapped(text: str, width: int) -> list[str]:
    """`text`, its words one space apart, in lines of at most `width` characters."""
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}" if lines[-1] else word
        if len(line) <= width or not lines[-1]:
            lines[-1] = line
        else:
            lines.append(word)
    return lines


def _filled(row: Row, columns: int, ink: Ink) -> Row:
    """`row` cut or filled with `ink` to the width of the screen, equal cells in one piece."""
    cells = [(char, its) for text, its in row for char in text][:columns]
    cells += [(" ", ink)] * (columns - len(cells))
    return list(_joined(cells))


def _joined(cells: Row) -> Iterator[tuple[str, Ink]]:
    start = 0
    for at in range(1, len(cells) + 1):
        if at == len(cells) or cells[at][1] != cells[start][1]:
            yield "".join(char for char, _ in cells[start:at]), cells[start][1]
            start = at


def _is_plain(text: str) -> bool:
    """Whether every character takes one cell and is no control."""
    return text.isascii() and text.isprintable()
