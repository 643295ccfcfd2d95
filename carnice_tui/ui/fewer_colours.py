"""The theme's colours on a terminal of sixteen."""

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from carnice_tui.ui.sixteen import Rgb, ground_of, ink_of


class Sixteen(LineFilter):
    """Gives every ink and ground one of the terminal's own colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments; `background` is the ground that they stand on."""
        ground = background.rgb
        return [
            Segment(text, _sixteen(style, ground) if style else None, control)
            for text, style, control in segments
        ]


@lru_cache(2048)
def _sixteen(style: Style, ground: Rgb) -> Style:
    own: Rgb = style.bgcolor.get_truecolor() if style.bgcolor else ground
    ink = style.color and RichColor.from_ansi(ink_of(style.color.get_truecolor(), own))
    return style + Style(color=ink, bgcolor=style.bgcolor and RichColor.from_ansi(ground_of(own)))
