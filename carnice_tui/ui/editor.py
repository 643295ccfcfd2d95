"""The person's own editor: which it is, how it is told a line, and handing it the terminal."""

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from types import FrameType

from textual.app import SuspendNotSupported
from textual.dom import DOMNode

from carnice_tui.core.errors import CarniceError
from carnice_tui.ui.screens.asking import app_of

Handler = Callable[[int, FrameType | None], object] | int | signal.Handlers | None
"""What Python does with a signal."""

ENDS_WITHIN = 1.0
"""Seconds that an editor has to end itself when the app is left."""


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


async def run_editor(node: DOMNode, command: Sequence[str]) -> int:
    """Hand the terminal to `command`; gives its exit status, below 0 where a signal ended it.

    The app goes on meanwhile, out of sight: an answer that comes is read and saved.

    Raises:
        EditorFailed: this terminal cannot be handed over, or there is no such program.
    """
    try:
        with app_of(node).suspend(), _deaf_to_keys():
            # Nothing may be raised in here: Textual would leave the terminal given away.
            ended = await _run(command)
    except SuspendNotSupported:
        raise EditorFailed("This terminal cannot be handed to an editor.") from None
    if isinstance(ended, int):
        return ended
    problem = getattr(ended, "strerror", None) or str(ended)
    raise EditorFailed(f"{command[0]} could not be started ({problem}): set $EDITOR to yours.")


async def _run(command: Sequence[str]) -> int | Exception:
    try:
        program = await asyncio.create_subprocess_exec(*command)
    except (OSError, ValueError) as error:
        return error
    try:
        return await program.wait()
    finally:  # the app is being left
        if program.returncode is None:
            await _end(program)


async def _end(program: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        program.terminate()
    try:
        async with asyncio.timeout(ENDS_WITHIN):
            await program.wait()
    except TimeoutError:
        program.kill()
        await program.wait()


@contextlib.contextmanager
def _deaf_to_keys() -> Generator[None]:
    """Ctrl+C and Ctrl+\\ are the editor's, but the terminal sends them to all in front.

    Not ignored: what ignores a signal leaves that to the programs it starts.
    """
    before: dict[int, Handler] = {}
    with contextlib.suppress(ValueError):  # only the main thread has signals
        for number in (signal.SIGINT, signal.SIGQUIT):
            before[number] = signal.signal(number, _pass)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pass(number: int, frame: FrameType | None) -> None:
    """Nothing is done."""
