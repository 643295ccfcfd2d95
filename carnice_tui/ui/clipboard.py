"""Copying that really copies: the platform's clipboard where there is one, and OSC 52."""

import asyncio
import base64
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from carnice_tui.core.quantities import counted

OSC52_LIMIT = 74_994
"""Bytes of text that fit into the 100,000 of an OSC 52 sequence that xterm takes."""

PATIENCE = 2.0
"""Seconds a clipboard program may take."""

_PROGRAMS = (
    ("", ("pbcopy",)),
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard", "-in")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)


@dataclass(frozen=True)
class Copied:
    """What happened: the program that took the text, and whether the terminal was asked."""

    characters: int
    program: str = ""
    asked_terminal: bool = False

    @property
    def told(self) -> str:
        """Only what is known to have happened."""
        count = counted(self.characters, "character")
        if self.program:
            return f"Copied {count}."
        if self.asked_terminal:
            return f"Sent {count} to the terminal's clipboard (OSC 52), which may refuse them."
        return f"Not copied: no clipboard program here, and {count} are too many for the terminal."


async def copy(text: str, write: Callable[[str], None]) -> Copied:
    """Put `text` on the clipboard; `write` sends a sequence to the terminal."""
    data = text.encode("utf-8", "replace")
    program = await _to_program(data)
    fits = len(data) <= OSC52_LIMIT
    if fits:
        write(f"\x1b]52;c;{base64.b64encode(data).decode()}\x07")
    return Copied(len(text), program, fits)


async def _to_program(data: bytes) -> str:
    # Over SSH these would fill the clipboard of the far machine.
    if os.environ.get("SSH_CONNECTION"):
        return ""
    for variable, (name, *arguments) in _PROGRAMS:
        path = shutil.which(name) if not variable or os.environ.get(variable) else None
        if path is None:
            continue
        if await _took([path, *arguments], data):
            return name
    return ""


async def _took(command: list[str], data: bytes) -> bool:
    """Whether the program has taken `data`; one that does not end is ended."""
    quiet = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=quiet, stderr=quiet
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(data), PATIENCE)
    except (OSError, TimeoutError):
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return process.returncode == 0
