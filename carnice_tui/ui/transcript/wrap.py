"""Breaks styled text into lines of a width in cells."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style

Span = tuple[str, Style]
"""Text without newlines, and its style."""

Line = list[Segment]

_WIDE = "\u1100-\u115e\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60"
_WORD = re.compile(rf"[{_WIDE}\U00020000-\U0003fffd] *|[^ {_WIDE}\U00020000-\U0003fffd]+ *| +")
"""What is kept together on a line: a word with the spaces after it, or one wide character."""


def wrap(spans: Sequence[Span], width: int) -> list[Line]:
    """`spans` as lines of at most `width` cells, broken between words where possible."""
    width = max(1, width)
    lines: list[Line] = []
    for paragraph in _paragraphs(spans):
        text = "".join(text for text, _ in paragraph)
        if len(text) <= width and text.isascii():
            lines.append([Segment(text, style) for text, style in paragraph if text])
            continue
        lines.extend(_cut(paragraph, break_points(text, width)))
    return lines


def width_of(spans: Sequence[Span]) -> int:
    """Cells of the longest line of `spans`, unwrapped."""
    return max(
        (cell_len("".join(text for text, _ in part)) for part in _paragraphs(spans)), default=0
    )


def longest_word(spans: Sequence[Span]) -> int:
    """Cells of the longest word of `spans`: what is kept together on a line."""
    text = "".join(text for text, _ in spans).replace("\n", " ")
    return max((cell_len(match.group().rstrip(" ")) for match in _WORD.finditer(text)), default=0)


def _paragraphs(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Split at hard breaks: a span that is a newline alone."""
    paragraph: list[Span] = []
    for span in spans:
        if span[0] == "\n":
            yield paragraph
            paragraph = []
        else:
            paragraph.append(span)
    yield paragraph


def break_points(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line starts and ends in `text`; spaces at a break belong to no line."""
    lines: list[tuple[int, int]] = []
    measure = len if text.isascii() else cell_len
    start = end = used = 0
    for match in _WORD.finditer(text):
        word = match.group()
        bare = word.rstrip(" ")
        needed = measure(bare)
        if used + needed <= width:
            used += measure(word) if len(word) != len(bare) else needed
            end = match.start() + len(bare) if bare else end
            continue
        if used and end > start:
            lines.append((start, end))
        start = match.start()
        if not bare:  # spaces that reach over the edge end the line
            used, start, end = 0, match.end(), match.end()
            continue
        if needed <= width:
            end, used = start + len(bare), measure(word)
            continue
        *full, last = chop_cells(bare, width)
        for piece in full:
            lines.append((start, start + len(piece)))
            start += len(piece)
        end = start + len(last)
        used = measure(last) + len(word) - len(bare)
    if end > start or not lines:
        lines.append((start, max(start, end)))
    return lines


def _cut(spans: Sequence[Span], pieces: Sequence[tuple[int, int]]) -> Iterator[Line]:
    """The parts of `spans` that lie in each of `pieces`, which are in order."""
    index, offset = 0, 0  # the span we are in, and where it starts
    for start, end in pieces:
        line: Line = []
        while index < len(spans):
            text, style = spans[index]
            stop = offset + len(text)
            if stop > start:
                part = text[max(0, start - offset) : end - offset]
                if part:
                    line.append(Segment(part, style))
            if stop > end:
                break
            offset = stop
            index += 1
        yield line


def hard_wrap(spans: Sequence[Span], width: int) -> list[Line]:
    """`spans` cut at exactly `width` cells, as code is: no space is lost."""
    width = max(1, width)
    text = "".join(text for text, _ in spans)
    pieces: list[tuple[int, int]]
    if text.isascii():
        if len(text) <= width:
            return [[Segment(text, style) for text, style in spans if text]]
        pieces = [(at, min(at + width, len(text))) for at in range(0, len(text), width)]
    else:
        pieces = []
        at = 0
        for piece in chop_cells(text, width):
            pieces.append((at, at + len(piece)))
            at += len(piece)
        pieces = pieces or [(0, 0)]
    return list(_cut(spans, pieces))


def line_width(line: Line) -> int:
    """Cells that `line` takes."""
    return sum(segment.cell_length for segment in line)


def padded(line: Line, width: int, style: Style) -> Line:
    """`line` filled up with blanks of `style` to `width` cells."""
    missing = width - line_width(line)
    if missing > 0:
        return [*line, Segment(" " * missing, style)]
    return line
