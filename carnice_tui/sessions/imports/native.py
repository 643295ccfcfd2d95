"""Session files of our own, from another machine or out of an export."""

import time
from pathlib import Path

import msgspec

from carnice_tui.sessions.attachments import files_folder
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.fork import write_session
from carnice_tui.sessions.format import SUFFIX, decode_header
from carnice_tui.sessions.ids import is_id, new_id
from carnice_tui.sessions.read import Session


def is_session(path: Path) -> bool:
    """Whether the first line of a file is a header of ours. A pipe is not looked into: it could
    not be read again."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            decode_header(file.readline(1 << 16))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def import_session(session: Session, folder: Path) -> Path:
    """Copy a session into `folder`, under its own id if that is free.

    Raises:
        SessionError: it is in there already, or cannot be written.
    """
    if session.path.parent.resolve() == folder.resolve():
        raise SessionError(f"{session.path} is one of your sessions already.")
    header = session.header
    taken = (folder / f"{header.id}{SUFFIX}").exists() or files_folder(folder / header.id).exists()
    if taken or not is_id(header.id):
        header = msgspec.structs.replace(header, id=new_id(time.time()))
    return write_session(folder, header, session.records)
