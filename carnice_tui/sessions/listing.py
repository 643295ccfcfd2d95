"""Which sessions there are, newest first, from the first and last few KiB of each file.

Every function here blocks on the disk: call it from a thread, never from an event loop.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from carnice_tui.core.events import PinChanged, Record, TitleChanged, TurnStarted
from carnice_tui.core.paths import shipped
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions import ids
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import SUFFIX, Header, decode_header, decode_record
from carnice_tui.sessions.read import holds_session

_TELLING = re.compile(rb'"type":"(?:title_changed|turn_started|pin_changed)"')
_HEAD = 8 * 1024
_TAIL = 16 * 1024
_CANDIDATES = 8
"""How many sessions an ambiguous id lists."""


class SessionInfo(msgspec.Struct, frozen=True, gc=False, rename={"file": "path"}):
    """One line of a list. `size` is in bytes, `updated` in seconds since 1970.

    What only the index knows (turns, tokens) is 0 in a list that was made without it.
    """

    id: str
    file: str
    title: str
    model: str
    created: str
    updated: float
    size: int
    note: str = ""
    mode: str = ""
    pinned: bool = False
    turns: int = 0
    answer_tokens: int = 0
    reasoning_tokens: int = 0
    seconds: float = 0.0
    """Time the model worked on it."""

    @property
    def path(self) -> Path:
        """Its file. Made when asked for: ten thousand of them cost more than all the rest."""
        return Path(self.file)


def list_sessions(folder: Path) -> list[SessionInfo]:
    """The sessions in `folder`, the one written last first. A missing folder has none.

    Raises:
        SessionError: the folder cannot be read.
    """
    found = (session_info(Path(entry.path)) for entry in session_entries(folder))
    return newest_first(info for info in found if info is not None)


def session_entries(folder: Path) -> list[os.DirEntry[str]]:
    """The files in `folder` that sessions would lie in; a missing folder has none.

    Raises:
        SessionError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name.endswith(SUFFIX) and _is_file(entry)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SessionError(f"Sessions in {folder} can't be listed: {error.strerror}.") from error


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


def newest_first(sessions: Iterable[SessionInfo]) -> list[SessionInfo]:
    """Sessions in the order of a list: pinned ones first, then by when they were written."""
    return sorted(sessions, key=lambda info: (info.pinned, info.updated, info.id), reverse=True)


def session_info(path: Path) -> SessionInfo | None:
    """One session's line, or None if the file went away or cannot be opened."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            head = file.read(_HEAD)
            file.seek(max(len(head), status.st_size - _TAIL))
            tail = file.read(_TAIL)
    except OSError:
        return None
    header = _header(head, path)
    title, model = header.title, header.model
    mode, pinned = "", False
    for record in _records(head + tail):
        match record.event:
            case TitleChanged():
                title = record.event.title
            case TurnStarted():
                model, mode = record.event.model or model, record.event.mode
            case PinChanged():
                pinned = record.event.pinned
            case _:
                pass
    return SessionInfo(
        id=path.stem,
        file=str(path),
        title=title,
        model=model,
        created=header.created,
        updated=status.st_mtime,
        size=status.st_size,
        note=header.note,
        mode=mode,
        pinned=pinned,
    )


def last_session(folder: Path) -> SessionInfo:
    """The session written last.

    Raises:
        SessionError: there is none yet.
    """
    sessions = list_sessions(folder)
    if not sessions:
        raise SessionError("There is no session to continue yet: start one with carnice-chat.")
    return sessions[0]


def shipped_sessions() -> list[SessionInfo]:
    """The recorded examples that come with the app."""
    return sorted(list_sessions(shipped("sessions")), key=lambda info: info.id)


def find_session(wanted: str, folder: Path) -> Path:
    """The file that `wanted` means: a path, an id, the unique beginning of one, or an example.

    Raises:
        SessionError: nothing or more than one thing fits; the candidates are listed.
    """
    if wanted.endswith(SUFFIX) or os.sep in wanted:
        return _session_file(wanted)
    names = [entry.name.removesuffix(SUFFIX) for entry in session_entries(folder)]
    fitting = ids.matching(wanted, names)
    if len(fitting) == 1:
        return folder / f"{fitting[0]}{SUFFIX}"
    if fitting:
        raise SessionError(_ambiguous(wanted, fitting, folder))
    return _example(wanted)


def _session_file(wanted: str) -> Path:
    path = Path(os.path.expanduser(wanted))  # noqa: PTH111  # as it is where nobody has the name
    try:
        is_file = path.is_file()
    except OSError:  # longer than any name
        is_file = False
    if not is_file:
        raise SessionError(f"There is no session file {sanitize_line(wanted)}.")
    if not holds_session(path):
        raise SessionError(
            f"{sanitize_line(wanted)} is no session: no line of it can be read as one of a session."
        )
    return path


def _example(wanted: str) -> Path:
    examples = shipped_sessions()
    fitting = ids.matching(wanted, [info.id for info in examples])
    if not fitting:
        fitting = [info.id for info in examples if info.id.startswith(wanted.strip())]
    if len(fitting) == 1:
        return shipped("sessions") / f"{fitting[0]}{SUFFIX}"
    raise SessionError(
        f"There is no session {sanitize_line(wanted)!r}: "
        "carnice-chat sessions list shows those there are."
    )


def _ambiguous(wanted: str, fitting: list[str], folder: Path) -> str:
    shown: list[str] = []
    for one in fitting[:_CANDIDATES]:
        info = session_info(folder / f"{one}{SUFFIX}")
        shown.append(f"{one} ({sanitize_line(info.title)})" if info and info.title else one)
    more = f" and {len(fitting) - _CANDIDATES} more" if len(fitting) > _CANDIDATES else ""
    return (
        f"{sanitize_line(wanted)!r} begins {len(fitting)} sessions: {', '.join(shown)}{more}. "
        "Type more of the id."
    )


def _header(head: bytes, path: Path) -> Header:
    try:
        return decode_header(head.split(b"\n", 1)[0])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Header(schema=0, id=path.stem, created="")


def _records(data: bytes) -> Iterable[Record]:
    for line in data.split(b"\n")[1:]:
        if not _TELLING.search(line):
            continue
        try:
            yield decode_record(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
