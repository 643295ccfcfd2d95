"""NO_COLOR: the terminal's own two colours, and weight, slant and reverse in place of others.

As https://no-color.org has it, and as programs of the terminal understand it: no colour is sent
at all, greys neither, for they may be unreadable on a ground that is not ours.
"""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from carnice_tui.ui.themes import contrast

STANDS_OUT = 2.5
"""Contrast of two grounds (WCAG) from which one is a mark: a cursor, what is selected or chosen.
The grounds of code and dialogs are nearer to the page in every shipped theme (up to 1.6)."""


class Uncoloured(LineFilter):
    """Takes colours away; what stood out by its ground is reversed."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments; `background` is the ground that they stand on."""
        ground = background.rgb
        return [
            Segment(text, _uncoloured(style, ground) if style else None, control)
            for text, style, control in segments
        ]


@lru_cache(2048)
def _uncoloured(style: Style, ground: tuple[int, int, int]) -> Style:
    own = style.bgcolor.get_truecolor() if style.bgcolor else ground
    stands_out = contrast(_hex(*own), _hex(*ground)) >= STANDS_OUT
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=style.reverse or stands_out or None,
    )


def _hex(red: int, green: int, blue: int) -> str:
    return f"#{red:02x}{green:02x}{blue:02x}"
