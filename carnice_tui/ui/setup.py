"""What the app is started with. Whoever starts it composes; the app knows only protocols."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from carnice_tui.core.events import Notice, Record
from carnice_tui.core.messages import Attachment, Mode
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.base import Engine
from carnice_tui.ui.beginning import Opening
from carnice_tui.ui.early_paint import EarlyPaint


class SessionSink(Protocol):
    """Where a conversation is saved: takes every record at once, and is closed at the end."""

    @property
    def path(self) -> Path:
        """Its file, which comes into being with the first message."""
        ...

    def __call__(self, record: Record) -> None:
        """Take one record; must not block."""
        ...

    def flush(self) -> bool:
        """Block until everything so far is on the disk; whether it is."""
        ...

    def close(self) -> object:
        """Write what is left and let go of the file. Blocks."""
        ...


Tell = Callable[[Notice], None]
"""Takes what the person should know; may be called from any thread."""

NewLog = Callable[[Tell], SessionSink | None]
ReopenLog = Callable[[Path, Tell], SessionSink | None]


def _no_log(_: Tell) -> SessionSink | None:
    return None


def _no_reopened_log(_: Path, __: Tell) -> SessionSink | None:
    return None


def _always_here(_: str) -> bool:
    return True


@dataclass(frozen=True)
class AppSetup:
    """Everything the app needs.

    `options` tells how turns of a mode are asked. `new_log` gives what saves a conversation
    that begins, `reopen_log` what saves one that goes on; it raises SessionLocked and
    SessionError. `is_here` tells whether a model lies on this machine; it may block.
    `attachments` go with the first message. `early` is the first frame, where it is painted.
    `workspace` is the folder that the agent works in.
    """

    engine: Engine
    settings: Settings
    options: Callable[[Mode], TurnOptions]
    mode: Mode = "chat"
    new_log: NewLog = _no_log
    reopen_log: ReopenLog = _no_reopened_log
    opening: Opening | None = None
    is_here: Callable[[str], bool] = _always_here
    attachments: tuple[Attachment, ...] = ()
    early: EarlyPaint | None = None
    workspace: Path = Path()
