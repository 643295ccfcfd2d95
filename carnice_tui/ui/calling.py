"""How somebody who looked away is called: a notification if the terminal has them, or a bell."""

from collections.abc import Mapping

BELL = "\x07"

_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "ghostty"})
_TERMINALS = frozenset({"xterm-kitty", "xterm-ghostty", "wezterm"})
_VARIABLES = ("KITTY_WINDOW_ID", "WT_SESSION", "ConEmuPID")
_MULTIPLEXED = ("TMUX", "STY", "ZELLIJ")


def call(words: str, environ: Mapping[str, str]) -> str:
    """What to write to the terminal that `environ` tells of. `words` are safe to show.

    OSC 9 is a notification in iTerm2, WezTerm, kitty, Ghostty, Windows Terminal and ConEmu. In
    others it is nothing or, in some old ones, text on the screen; tmux and screen swallow it,
    but hand a bell on and mark the window.
    """
    return f"\x1b]9;{words}{BELL}" if _notifies(environ) else BELL


def _notifies(environ: Mapping[str, str]) -> bool:
    term = environ.get("TERM", "")
    if any(environ.get(name) for name in _MULTIPLEXED) or term.startswith(("tmux", "screen")):
        return False
    return (
        environ.get("TERM_PROGRAM") in _PROGRAMS
        or term in _TERMINALS
        or any(environ.get(name) for name in _VARIABLES)
    )
