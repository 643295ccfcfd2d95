"""Deleted sessions: kept in a folder with the day's date until they are removed for good.

Every function blocks on the disk; what it raises is a `SessionError` with the reason.
"""

import itertools
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions import ids
from carnice_tui.sessions.append import make_private_folder
from carnice_tui.sessions.attachments import files_folder
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import SUFFIX
from carnice_tui.sessions.listing import SessionInfo, newest_first, session_info
from carnice_tui.sessions.rescue import trouble
from carnice_tui.sessions.writable import open_to_write


def trash_folder(folder: Path) -> Path:
    """Where the deleted sessions of `folder` lie."""
    return folder / "trash"


def throw_away(path: Path, today: date) -> Path:
    """Move a session and its files to the trash; gives where it lies now.

    Raises:
        SessionLocked: it is open in a running app.
    """
    target = _free_place(trash_folder(path.parent), today, path.name)
    _refuse_while_open(path)
    _move(path, target)
    return target


def restore(wanted: str, folder: Path) -> Path:
    """Bring a deleted session back; `wanted` is its id or the beginning of it.

    Of several that had one id, as a session that was imported twice, the last that was deleted.

    Raises:
        SessionError: nothing or more than one fits.
    """
    found = {path.stem: path for path in sorted(_in_trash(folder), key=_when_deleted)}
    fitting = ids.matching(wanted, found)
    if not fitting:
        raise SessionError(f"The trash has no session {sanitize_line(wanted)!r}.")
    if len(fitting) > 1:
        raise SessionError(
            f"{sanitize_line(wanted)!r} begins {len(fitting)} sessions in the trash: "
            f"{', '.join(fitting[:8])}. Type more of the id."
        )
    target = folder / f"{fitting[0]}{SUFFIX}"
    if target.exists():
        raise SessionError(f"There is a session {fitting[0]} already.")
    _move(found[fitting[0]], target)
    return target


def list_trash(folder: Path) -> list[SessionInfo]:
    """What is in the trash, newest first."""
    found = (session_info(path) for path in _in_trash(folder))
    return newest_first(info for info in found if info is not None)


def empty_trash(folder: Path) -> int:
    """Remove for good what is in the trash; gives how many sessions that were."""
    gone = list(_in_trash(folder))
    for path in gone:
        remove_for_good(path)
    for day in trash_folder(folder).glob("*"):
        if day.is_dir() and not any(day.iterdir()):
            day.rmdir()
    return len(gone)


def remove_for_good(path: Path) -> None:
    """Remove a session and its files, with no way back.

    Raises:
        SessionLocked: it is open in a running app.
    """
    _refuse_while_open(path)
    try:
        path.unlink()
        if files_folder(path).is_dir():
            shutil.rmtree(files_folder(path))
    except OSError as error:
        raise SessionError(f"Session {path.stem} can't be removed: {trouble(error, path)}") from (
            error
        )


def _free_place(trash: Path, today: date, name: str) -> Path:
    """Where in the trash a session goes: today's folder, or the next one that has none such."""
    day = today.isoformat()
    folders = itertools.chain([day], (f"{day}-{number}" for number in itertools.count(2)))
    places = (trash / folder / name for folder in folders)
    return next(p for p in places if not (p.exists() or files_folder(p).exists()))


def _when_deleted(path: Path) -> tuple[str, int]:
    """The day, and which of that day's folders."""
    folder = path.parent.name
    number = folder[11:]
    return folder[:10], int(number) if number.isdecimal() else 0


def _in_trash(folder: Path) -> Iterator[Path]:
    return trash_folder(folder).glob(f"*/*{SUFFIX}")


def _refuse_while_open(path: Path) -> None:
    open_to_write(path).close()


def _move(source: Path, target: Path) -> None:
    try:
        make_private_folder(target.parent)
        source.replace(target)
        if files_folder(source).is_dir():
            files_folder(source).replace(files_folder(target))
    except OSError as error:
        raise SessionError(f"Session {source.stem} can't be moved: {trouble(error, target)}") from (
            error
        )
