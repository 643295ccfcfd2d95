"""Tables: the widths of columns, and rows as lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.segment import Segment

from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.wrap import Line, Span, line_width, longest_word, width_of, wrap

MEASURED_ROWS = 64
"""Rows that decide the widths of columns: later ones wrap in them, so that a table of any
length costs the same a row and its first rows do not change for ever."""

NARROWEST = 4
"""Cells. Where columns would have to be narrower, rows are shown as `heading: value` lines."""

LONGEST_WORD = 20
"""Cells. A column is made so wide that words up to this length stay whole, where there is room."""

SEPARATOR = 8
"""Cells of the rule before each row that is shown as `heading: value` lines."""

Cells = list[list[Span]]


@dataclass
class Columns:
    """What all rows of a table share."""

    aligns: list[str]
    """"left", "right" or "center" for each column."""
    headings: list[str]
    natural: list[int] = field(default_factory=list[int])
    """Widest cell of each column, in cells."""
    words: list[int] = field(default_factory=list[int])
    """Longest word of each column, in cells."""
    measured: int = 0
    version: int = 0

    def measure(self, cells: Cells) -> None:
        """Let one more row decide, while rows still do."""
        if self.measured >= MEASURED_ROWS:
            return
        self.measured += 1
        if not self.natural:
            self.natural = [1] * len(self.aligns)
            self.words = [1] * len(self.aligns)
        for index, cell in enumerate(cells[: len(self.natural)]):
            width, word = width_of(cell), longest_word(cell)
            if width > self.natural[index] or word > self.words[index]:
                self.natural[index] = max(width, self.natural[index])
                self.words[index] = max(word, self.words[index])
                self.version += 1

    def widths(self, width: int) -> list[int] | None:
        """Widths of the columns within `width` cells; None where they would be too narrow."""
        count = len(self.natural)
        spare = width - 3 * (count - 1)
        if spare < NARROWEST * count:
            return None
        words = [min(word, LONGEST_WORD) for word in self.words]
        floors = _shrunk(words, [min(word, NARROWEST) for word in words], spare)
        return _shrunk(self.natural, floors, spare)


def _shrunk(widths: Sequence[int], floors: Sequence[int], spare: int) -> list[int]:
    """`widths` that together take at most `spare`: the widest gives first, none below its floor."""
    shrunk = list(widths)
    while (excess := sum(shrunk) - spare) > 0:
        open_ones = [i for i, w in enumerate(shrunk) if w > floors[i]]
        if not open_ones:
            break
        widest = max(shrunk[i] for i in open_ones)
        at = [i for i in open_ones if shrunk[i] == widest]
        others = [shrunk[i] for i in open_ones if shrunk[i] < widest]
        level = max(others + [floors[i] for i in at])
        step = max(1, min(widest - level, -(-excess // len(at))))
        for i in at:
            shrunk[i] -= min(step, max(0, sum(shrunk) - spare))
    return shrunk


def is_empty(cells: Cells) -> bool:
    """Whether no cell holds anything: such headings are not shown."""
    return not any(text.strip() for cell in cells for text, _ in cell)


def row_lines(cells: Cells, columns: Columns, width: int, look: Look) -> list[Line]:
    """One row, its cells wrapped."""
    widths = columns.widths(width)
    if widths is None:
        return _stacked(cells, columns, width, look)
    wrapped = [wrap(cell, w) for cell, w in zip(_even(cells, len(widths)), widths, strict=True)]
    lines: list[Line] = []
    for at in range(max(map(len, wrapped), default=0)):
        line: Line = []
        for index, cell in enumerate(wrapped):
            if index:
                line.append(Segment(look.glyphs.column, look.rule))
            content = cell[at] if at < len(cell) else []
            line.extend(_aligned(content, widths[index], columns.aligns[index], look))
        lines.append(line)
    return lines


def heading_lines(cells: Cells, columns: Columns, width: int, look: Look) -> list[Line]:
    """The headings over a rule; nothing where each row tells them, or there are none."""
    widths = columns.widths(width)
    if widths is None or is_empty(cells):
        return []
    return row_lines(cells, columns, width, look) + _rule_line(widths, look)


def _rule_line(widths: Sequence[int], look: Look) -> list[Line]:
    glyphs = look.glyphs
    return [[Segment(glyphs.cross.join(glyphs.rule * w for w in widths), look.rule)]]


def _even(cells: Cells, count: int) -> Cells:
    return [*cells[:count], *([] for _ in range(count - len(cells)))]


def _stacked(cells: Cells, columns: Columns, width: int, look: Look) -> list[Line]:
    lines: list[Line] = [[Segment(look.glyphs.rule * min(SEPARATOR, width), look.rule)]]
    for heading, cell in zip(columns.headings, cells, strict=False):
        label = f"{heading}: " if heading.strip() else ""
        lines.extend(wrap([(label, look.muted), *cell], width))
    return lines


def _aligned(content: Line, width: int, align: str, look: Look) -> Line:
    spare = width - line_width(content)
    left = {"right": spare, "center": spare // 2}.get(align, 0)
    padding: list[Line] = [
        [Segment(" " * count, look.text)] if count > 0 else [] for count in (left, spare - left)
    ]
    return [*padding[0], *content, *padding[1]]


def alignment(style: object) -> str:
    """The alignment in a cell token's style attribute."""
    text = str(style)
    return next((side for side in ("right", "center") if side in text), "left")


def plain(cell: Sequence[Span]) -> str:
    """The text of a cell, on one line."""
    return "".join(text for text, _ in cell).replace("\n", " ")
