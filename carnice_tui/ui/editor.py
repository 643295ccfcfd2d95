"""The person's own editor: which it is, how it is told a line, and handing it the terminal."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from textual.app import SuspendNotSupported
from textual.dom import DOMNode

from carnice_tui.core.errors import CarniceError
from carnice_tui.ui.screens.asking import app_of


class EditorFailed(CarniceError):
    """The editor could not be used; the message says why and what to do."""


_WITH_GOTO = {"code", "code-insiders", "codium", "cursor", "windsurf"}
_WITH_COLON = {"hx", "helix", "subl", "zed", "micro", "kak"}
"""Editors that take `file:line`; most others take `+line file`, as vi, nano and emacs do."""


def editor() -> list[str]:
    """The command of the editor: $VISUAL, $EDITOR, or vi.

    Raises:
        EditorFailed: it cannot be understood.
    """
    wishes = (os.environ.get("VISUAL", ""), os.environ.get("EDITOR", ""), "vi")
    try:
        return shlex.split(next(wish for wish in wishes if wish.strip()))
    except ValueError as error:
        raise EditorFailed(f"$EDITOR cannot be understood ({error}): set it anew.") from error


def at_line(command: Sequence[str], file: Path, line: int) -> list[str]:
    """The command that opens `file` at `line`, counted from 1."""
    name = Path(command[0]).name if command else ""
    if name in _WITH_GOTO:
        return [*command, "--goto", f"{file}:{line}"]
    if name in _WITH_COLON:
        return [*command, f"{file}:{line}"]
    return [*command, f"+{line}", str(file)]


def run_editor(node: DOMNode, command: Sequence[str]) -> int:
    """Hand the terminal to `command`; gives its exit status.

    Raises:
        EditorFailed: this terminal cannot be handed over, or there is no such program.
    """
    try:
        with app_of(node).suspend():
            # Nothing may be raised in here: Textual would leave the terminal given away.
            ended = _run(command)
    except SuspendNotSupported:
        raise EditorFailed("This terminal cannot be handed to an editor.") from None
    if isinstance(ended, int):
        return ended
    problem = getattr(ended, "strerror", None) or str(ended)
    raise EditorFailed(f"{command[0]} could not be started ({problem}): set $EDITOR to yours.")


def _run(command: Sequence[str]) -> int | Exception:
    try:
        return subprocess.run(command, check=False).returncode
    except (OSError, ValueError) as error:
        return error
