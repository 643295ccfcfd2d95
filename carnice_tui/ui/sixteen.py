"""Which of a terminal's sixteen colours stand for those of a theme, where it has no more.

The nearest would be greys, and black for the finest lines on the black page: themes are pale. So
a colour keeps its hue, and an ink never becomes its ground. Free of Textual: the first frame is
painted before that is loaded.
"""

from colorsys import rgb_to_hsv

from carnice_tui.ui.themes import luminance

Rgb = tuple[int, int, int]

BLACK, GREY, DARK_GREY, WHITE = 0, 7, 8, 15
BRIGHT = 8
"""From a colour to its bright one."""

_HUES = ((15, 1), (75, 3), (150, 2), (200, 6), (255, 4), (330, 5), (360, 1))
"""Degrees up to which a hue is red, yellow, green, cyan, blue, magenta, and red again."""

_READ_ON_WHITE = (1, 4, 5)
"""Hues that are dark enough for that in the palettes of the common terminals."""

_HUED = 0.25
"""Saturation (HSV) from which a colour has a hue; the greys of the themes have up to 0.2."""


def ground_of(ground: Rgb) -> int:
    """The colour for a ground: the page's, or a mark's."""
    light = luminance(*ground)
    if light < 0.18:
        return BLACK
    return GREY if light < 0.6 else WHITE


def ink_of(ink: Rgb, ground: Rgb) -> int:
    """The colour for an ink on a ground."""
    hue, saturation, _ = rgb_to_hsv(*(part / 255 for part in ink))
    light = luminance(*ink)
    hued = saturation >= _HUED and max(ink) - min(ink) > 40
    its = next(colour for degrees, colour in _HUES if hue * 360 <= degrees)
    match ground_of(ground):
        case 0:
            if hued and light > 0.08:
                return its + BRIGHT
            return DARK_GREY if light < 0.08 else GREY if light < 0.5 else WHITE
        case 15:
            if hued:
                return its if its in _READ_ON_WHITE else BLACK
            return BLACK if light < 0.1 else DARK_GREY if light < 0.35 else GREY
        case _:
            return BLACK
