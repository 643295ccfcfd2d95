"""Paints the first frame before Textual is loaded, and keeps it until Textual paints its own.

Keys that are typed meanwhile wait in the terminal; they are not echoed into the picture.
"""

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Generator, Sequence
from typing import Any, NoReturn

from carnice_tui.ui.first_frame import FirstFrame, Ink, Row
from carnice_tui.ui.sixteen import ground_of, ink_of
from carnice_tui.ui.themes import find_theme, rgb

Modes = list[Any]
"""A terminal's settings, as `termios` has them."""

ALTERNATE = "\x1b[?1049h"
"""Goes to the alternate screen; many terminals clear it then, also when they are there."""

_LEAVE = "\x1b[0m\x1b[?1049l\x1b[?25h"
_KEYS, _SCREEN = 0, 2
"""The descriptors that Textual reads and writes."""

_NOT_OURS = ("NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_DRIVER", "TEXTUAL_FILTERS")
"""Variables that make Textual paint other colours than the theme's, or elsewhere."""


class EarlyPaint:
    """A painted first frame. Whoever takes the screen over says so, and then owns it."""

    def __init__(self) -> None:
        self._taken = False

    @property
    def taken(self) -> bool:
        """Whether the screen is the app's by now."""
        return self._taken

    def take_over(self) -> bool:
        """Take the screen over as it is; whether it was there to be taken."""
        was, self._taken = self._taken, True
        return not was


@contextlib.contextmanager
def painted_early(frame: FirstFrame) -> Generator[EarlyPaint | None]:
    """Show `frame` while the block begins; None where it would not be what comes.

    The terminal is as it was when the block is left, however it is left.
    """
    picture = _picture(frame)
    modes = _modes() if picture else None
    if modes is None:
        yield None
        return
    paint = EarlyPaint()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)  # else a kill would leave the terminal like this
    termios.tcsetattr(_KEYS, termios.TCSANOW, _waiting(modes))
    try:
        _write(picture)
        yield paint
    finally:
        if paint.taken:  # by now Textual has left the screen
            termios.tcsetattr(_KEYS, termios.TCSANOW, modes)
        else:
            _write(_LEAVE)
            # What was typed for the app is not for the shell.
            termios.tcsetattr(_KEYS, termios.TCSAFLUSH, modes)


def _end(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _picture(frame: FirstFrame) -> str:
    """What paints `frame` on the terminal as it is; "" where something else will be shown."""
    ui = frame.settings.ui
    # A screen reader would read it, and then the same again.
    if ui.screen_reader or any(name in os.environ for name in _NOT_OURS):
        return ""
    theme = find_theme(ui.theme)
    with contextlib.suppress(OSError):
        columns, lines = os.get_terminal_size(_SCREEN)
        if theme is not None and columns and lines:
            rows = frame.rows(theme.colors, columns, lines)
            return ALTERNATE + "\x1b[?25l" + painted(rows)
    return ""


def _modes() -> Modes | None:
    with contextlib.suppress(termios.error):
        return termios.tcgetattr(_KEYS)
    return None


def painted(rows: Sequence[Row]) -> str:
    """What writes `rows` on the terminal."""
    codes: dict[Ink, str] = {}
    parts: list[str] = []
    for y, row in enumerate(rows, 1):
        parts.append(f"\x1b[{y};1H")
        for text, ink in row:
            if ink not in codes:
                codes[ink] = f"\x1b[{_codes(ink)}m"
            parts.append(codes[ink] + text)
    return "".join(parts) + "\x1b[0m"


def _codes(ink: Ink) -> str:
    bold = "0;1;" if ink.bold else "0;"
    if os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        colour, ground = (";".join(map(str, rgb(its))) for its in (ink.colour, ink.ground))
        return f"{bold}38;2;{colour};48;2;{ground}"
    # Which of the terminal's fewer colours is nearest is decided as in the frames to come.
    from rich.color import ColorSystem
    from rich.console import Console
    from rich.style import Style

    # Rich tells by its name only what the terminal has, not by the value that `render` takes.
    system = Console(force_terminal=True, legacy_windows=False)._color_system  # pyright: ignore[reportPrivateUsage]
    colour, ground = ink.colour, ink.ground
    if system is ColorSystem.STANDARD:
        on = rgb(ground)
        colour, ground = f"color({ink_of(rgb(colour), on)})", f"color({ground_of(on)})"
    shown = Style(color=colour, bgcolor=ground).render("|", color_system=system)
    return bold + shown.partition("m")[0].removeprefix("\x1b[")


def _waiting(modes: Modes) -> Modes:
    """`modes` as the app will want them, but Ctrl-C still ends it.

    Enter stays a carriage return, nothing is echoed, keys need no Enter, and Ctrl-Z, which
    would leave the picture on the shell's screen, waits with the other keys.
    """
    iflag, oflag, cflag, lflag, ispeed, ospeed, special = modes
    iflag &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR)
    lflag &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    special = list(special)
    special[termios.VMIN] = 1
    special[termios.VSUSP] = special[termios.VQUIT] = b"\x00"
    return [iflag, oflag, cflag, lflag, ispeed, ospeed, special]


def _write(text: str) -> None:
    data = text.encode()
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(_SCREEN, data) :]
