"""What the app is started with. Whoever starts it composes; the app knows only protocols."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from carnice_tui.core.events import Notice, Record
from carnice_tui.core.messages import Attachment, Mode
from carnice_tui.core.settings import Settings
from carnice_tui.engine.base import Engine
from carnice_tui.engine.conversation import TurnOptions


class SessionSink(Protocol):
    """Where a conversation is saved: takes every record at once, and is closed at the end."""

    def __call__(self, record: Record) -> None:
        """Take one record; must not block."""
        ...

    def close(self) -> object:
        """Write what is left and let go of the file."""
        ...


Tell = Callable[[Notice], None]
"""Takes what the person should know; may be called from any thread."""

OpenLog = Callable[[Tell], SessionSink | None]


def _no_log(_: Tell) -> SessionSink | None:
    return None


@dataclass(frozen=True)
class AppSetup:
    """Everything the app needs.

    `options` tells how turns of a mode are asked. `open_log` gives what saves this
    conversation, `new_log` what saves the next (None: nothing is saved). `records` are those
    of a session that is taken up again, `began` its age in seconds. `attachments` go with the
    first message.
    """

    engine: Engine
    settings: Settings
    options: Callable[[Mode], TurnOptions]
    mode: Mode = "chat"
    open_log: OpenLog = _no_log
    new_log: OpenLog = _no_log
    records: Sequence[Record] = ()
    began: float = 0.0
    attachments: tuple[Attachment, ...] = ()
