"""Whether the app can be shown here: a terminal, large enough, that can move its cursor."""

import os
import sys

from carnice_tui.core.errors import UsageError

COLUMNS, LINES = 40, 10
"""The smallest terminal the app opens in; it is made for 60x15 and up."""


class NoTerminal(UsageError):
    """The app cannot be shown; the message says what to do."""


def require_terminal() -> None:
    """Refuse where the app could not be seen or answered.

    Raises:
        NoTerminal: no terminal, one without a cursor, or one that is too small.
    """
    instead = "For an answer without the app: carnice-chat -p 'your question'"
    for name, descriptor in (("input", 0), ("output", 1), ("error", 2)):
        if not _is_terminal(descriptor):
            raise NoTerminal(f"The app needs a terminal, and standard {name} is none. {instead}")
    if os.environ.get("TERM") == "dumb":
        raise NoTerminal(
            f"The app needs a terminal that can move its cursor (TERM=dumb). {instead}"
        )
    columns, lines = os.get_terminal_size(1)
    if 0 < columns < COLUMNS or 0 < lines < LINES:
        raise NoTerminal(
            f"This terminal is {columns}×{lines}, and the app needs {COLUMNS}×{LINES}: make it "
            f"larger. {instead}"
        )


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def reopen_terminal() -> bool:
    """Put the terminal back on descriptor 0 after a pipe was read; False if there is none.

    The app reads its keys there (Textual through `sys.__stdin__`).
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return False
    os.dup2(terminal, 0)
    os.close(terminal)
    # A constant by its name alone: it is what Textual reads from.
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)  # pyright: ignore[reportConstantRedefinition]
    return True
