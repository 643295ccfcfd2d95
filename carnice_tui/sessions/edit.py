"""Changes to a session that nobody sits at: they are events at its end, like all others."""

from pathlib import Path

from carnice_tui.core.events import Event, PinChanged, Record, TitleChanged
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import encode_line
from carnice_tui.sessions.rescue import trouble
from carnice_tui.sessions.tail import read_tail
from carnice_tui.sessions.writable import open_to_write


def rename(path: Path, title: str) -> None:
    """Give a session another title.

    Raises:
        SessionLocked: it is open in a running app.
        SessionError: it cannot be written.
    """
    _add(path, TitleChanged(title))


def pin(path: Path) -> None:
    """Keep a session at the top of lists; raises as `rename` does."""
    _add(path, PinChanged(pinned=True))


def unpin(path: Path) -> None:
    """Let a pinned session go back to its place; raises as `rename` does."""
    _add(path, PinChanged(pinned=False))


def _add(path: Path, event: Event) -> None:
    t = max((record.t for record in read_tail(path).records), default=0.0)
    with open_to_write(path) as file:
        data = b"\n" if file.has_torn_tail else b""
        data += encode_line(Record(t, event))
        try:
            while data:
                data = data[file.append(data) :]
            file.sync()
        except OSError as error:
            raise SessionError(
                f"Session {path.stem} can't be changed: {trouble(error, path)}."
            ) from error
