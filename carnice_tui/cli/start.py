"""With what a conversation begins: its settings, and the session it goes on with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.core import paths
from carnice_tui.core.events import Notice, Record
from carnice_tui.core.messages import Mode
from carnice_tui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from carnice_tui.engine.asking import TurnOptions
    from carnice_tui.engine.base import Engine
    from carnice_tui.sessions.log import SessionLog
    from carnice_tui.sessions.secrets import Redactor


@dataclass(frozen=True)
class Start:
    """How a conversation begins.

    `records` are those of the session it goes on with; `reopened` is that session's file,
    None for a new session. `new_engine` makes the engine where the settings do not say it all.
    `workspace` is the agent's folder, `allowed` the tools that it need not ask for.
    """

    settings: Settings
    mode: Mode = "chat"
    records: tuple[Record, ...] = ()
    reopened: Path | None = None
    new_engine: Callable[[], Engine] | None = None
    workspace: Path = Path()
    allowed: tuple[str, ...] = ()

    def engine(self) -> Engine:
        """Who answers.

        Raises:
            EngineError: the server's address is none.
        """
        from carnice_tui.cli.engines import engine_of

        return self.new_engine() if self.new_engine else engine_of(self.settings)

    @property
    def began(self) -> float:
        """Seconds since the session began, at its last record."""
        return max((record.t for record in self.records), default=0.0)

    def options(self) -> TurnOptions:
        """How the turns are asked."""
        if self.mode == "agent":
            from carnice_tui.agent.options import agent_options

            return agent_options(self.settings)
        from carnice_tui.engine.options import turn_options
        from carnice_tui.review import prompt

        system = prompt.SYSTEM if self.mode == "bugs" else None
        return turn_options(self.settings, self.mode, system)


def find_start(start: Start, continued: str | None, forked: str | None, given: set[str]) -> Start:
    """`start` with the session named by `--continue` ("" is the last one) or `--fork`.

    A session goes on with the model, the thinking and the mode it had, unless they were
    `given` for this run (names of settings, and "mode").

    Raises:
        SessionError: there is no such session or turn, or it cannot be read or copied.
    """
    found = find_session_file(start, continued, forked)
    if found is None:
        return start
    from carnice_tui.sessions.resume import resume

    path, turn = found
    resumed = resume(path, paths.state_dir(), turn)
    was = resumed.settings
    return replace(
        start,
        settings=was.over(start.settings, given),
        mode=start.mode if "mode" in given else was.mode,
        records=tuple(resumed.records),
        reopened=path if start.settings.sessions.save else None,
    )


def find_session_file(
    start: Start, continued: str | None, forked: str | None
) -> tuple[Path, int | None] | None:
    """The file that `--continue` or `--fork` goes on with, and up to which turn to read it.

    Raises:
        SessionError: there is no such session or turn, or it cannot be copied.
    """
    if continued is None and forked is None:
        return None
    from carnice_tui.sessions.fork import fork, split_turn
    from carnice_tui.sessions.listing import find_session, last_session

    folder = paths.sessions_dir()
    wanted, turn = split_turn(forked) if forked else (continued or "", None)
    path = find_session(wanted, folder) if wanted else last_session(folder).path
    # The examples that came with the app are read only, and so go on in a copy.
    if start.settings.sessions.save and (forked is not None or path.parent != folder):
        return fork(path, folder, turn), None
    return path, turn


def open_log(start: Start, tell: Callable[[Notice], None]) -> SessionLog | None:
    """Where the conversation is saved; None if the settings say it is not.

    Raises:
        SessionError: the session it goes on with cannot be written.
    """
    if not start.settings.sessions.save:
        return None
    if start.reopened is not None:
        return reopen_log(start.settings, _own_copy(start.reopened, tell), tell)
    return new_log(start.settings, tell)


def new_log(settings: Settings, tell: Callable[[Notice], None]) -> SessionLog:
    """Where a conversation that begins now is saved."""
    from carnice_tui.sessions.log import SessionLog

    folder = paths.sessions_dir()
    return SessionLog.new(folder, cwd=_here(), tell=tell, redactor=_redactor(settings))


def reopen_log(settings: Settings, path: Path, tell: Callable[[Notice], None]) -> SessionLog:
    """Where the conversation in `path` goes on.

    Raises:
        SessionLocked: another running app writes it.
        SessionError: it cannot be opened for writing.
    """
    from carnice_tui.sessions.log import SessionLog

    return SessionLog.reopen(path, tell=tell, redactor=_redactor(settings))


def _redactor(settings: Settings) -> Redactor | None:
    from carnice_tui.sessions.secrets import Redactor

    return Redactor() if settings.sessions.redact_secrets else None


def _own_copy(path: Path, tell: Callable[[Notice], None]) -> Path:
    """`path`, or a copy of it if another running app writes it: one file, one writer."""
    from carnice_tui.sessions.errors import SessionLocked
    from carnice_tui.sessions.fork import fork
    from carnice_tui.sessions.writable import open_to_write

    try:
        open_to_write(path).close()
    except SessionLocked:
        copy = fork(path, paths.sessions_dir())
        tell(
            Notice(
                "warning",
                f"Session {path.stem} is open in another carnice-chat: "
                f"this is a copy of it, {copy.stem}.",
            )
        )
        return copy
    return path


def _here() -> str:
    """The present folder, "" where it is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""
