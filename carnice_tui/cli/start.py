"""With what a conversation begins: its settings, and the session it goes on with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carnice_tui.core import paths
from carnice_tui.core.events import Notice, Record
from carnice_tui.core.messages import Mode
from carnice_tui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from carnice_tui.engine.conversation import TurnOptions
    from carnice_tui.sessions.log import SessionLog


@dataclass(frozen=True)
class Start:
    """How a conversation begins.

    `records` are those of the session it goes on with; `reopened` is that session's file,
    None for a new session or a fork, which gets a file of its own.
    """

    settings: Settings
    mode: Mode = "chat"
    records: tuple[Record, ...] = ()
    reopened: Path | None = None
    forked_from: str = ""

    @property
    def began(self) -> float:
        """Seconds since the session began, at its last record."""
        return max((record.t for record in self.records), default=0.0)

    def options(self) -> TurnOptions:
        """How the turns are asked."""
        from carnice_tui.engine.options import turn_options
        from carnice_tui.review import prompt

        system = prompt.SYSTEM if self.mode == "bugs" else None
        return turn_options(self.settings, self.mode, system)


def find_start(start: Start, continued: str | None, forked: str | None) -> Start:
    """`start` with the session named by `--continue` ("" is the last one) or `--fork`.

    Raises:
        SessionError: there is no such session, or it cannot be read.
    """
    if continued is None and forked is None:
        return start
    from carnice_tui.sessions.listing import find_session, last_session
    from carnice_tui.sessions.read import read_session

    folder = paths.sessions_dir()
    wanted = continued if forked is None else forked
    path = find_session(wanted, folder) if wanted else last_session(folder).path
    session = read_session(path)
    found = replace(start, records=tuple(session.records))
    if forked is not None or path.parent != folder:
        return replace(found, forked_from=session.id)
    return replace(found, reopened=path)


def open_log(start: Start, tell: Callable[[Notice], None]) -> SessionLog | None:
    """Where the conversation is saved; None if the settings say it is not.

    Raises:
        SessionError: the session it goes on with cannot be written.
    """
    if not start.settings.sessions.save:
        return None
    from carnice_tui.sessions.log import SessionLog

    if start.reopened is not None:
        return SessionLog.reopen(start.reopened, tell=tell)
    note = f"forked from {start.forked_from}" if start.forked_from else ""
    log = SessionLog.new(paths.sessions_dir(), note=note, tell=tell)
    for record in start.records:
        log(record)
    return log
