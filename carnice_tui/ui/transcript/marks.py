"""What is painted over the window's lines: the selection, the message browsed, more below."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.transcript.look import Look


def marked(
    row: Strip, look: Look, columns: tuple[int, int] | None, *, browsed: bool
) -> list[Strip]:
    """`row` with its cells `columns` (first, one past the last) selected, or browsed.

    It comes in pieces, which the caller joins with its own.
    """
    strips = [row]
    if columns is not None:
        first, last = _whole_characters(row.text, *columns)
        middle = row.crop(first, last)
        selected = Segment.apply_style(middle, post_style=look.selected)
        strips = [row.crop(0, first), Strip(selected, middle.cell_length), row.crop(last)]
    elif browsed:
        strips = [Strip([Segment(look.glyphs.browsed, look.primary)], 1), row.crop(1)]
    return [strip for strip in strips if strip.cell_length]


def _whole_characters(text: str, first: int, last: int) -> tuple[int, int]:
    """The cells from `first` to before `last`, and the other halves of wide characters in them."""
    if text.isascii():
        return first, last
    begin = end = at = 0
    for char in text:
        width = cell_len(char)
        if at + width > first and at <= first:
            begin = at
        if at < last:
            end = at + width
        at += width
    return min(begin, first), max(end, last)


def more_below(look: Look, width: int) -> Strip:
    """The line that says that something came below the screen, `width` cells long."""
    text = with_keys(look.glyphs.new_below)[:width]
    left = (width - len(text)) // 2
    return Strip(
        [
            Segment(" " * left, look.text),
            Segment(text, look.selected),
            Segment(" " * (width - left - len(text)), look.text),
        ],
        width,
    )
