"""Opening a session that exists for writing, with errors a person can use."""

from pathlib import Path

from carnice_tui.sessions.append import AlreadyLocked, AppendFile
from carnice_tui.sessions.errors import SessionError, SessionLocked
from carnice_tui.sessions.format import SCHEMA
from carnice_tui.sessions.read import read_header_or
from carnice_tui.sessions.rescue import trouble


def open_to_write(path: Path) -> AppendFile:
    """The session file in `path`, locked for this process alone.

    Raises:
        SessionLocked: another running app writes it.
        SessionError: it cannot be opened for writing, or is of another schema.
    """
    try:
        file = AppendFile.open(path)
    except AlreadyLocked:
        raise SessionLocked(
            f"Session {path.stem} is open in another carnice-chat: close it there, "
            f"or fork it with --fork {path.stem}."
        ) from None
    except OSError as error:
        raise SessionError(
            f"Session {path.stem} can't be opened for writing: {trouble(error, path)}."
        ) from error
    with path.open("rb") as reading:
        schema = read_header_or(reading, path.stem).schema
    if schema != SCHEMA:
        file.close()
        age = "a newer" if schema > SCHEMA else "an older"
        raise SessionError(
            f"Session {path.stem} was written by {age} version of carnice-chat: "
            f"go on in a copy with --fork {path.stem}."
        )
    return file
