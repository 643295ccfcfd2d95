"""Writing a session into a file of another format, in the present folder."""

import re
from pathlib import Path

from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.formats import FORMATS
from carnice_tui.sessions.read import read_session

_NO_NAME = re.compile(r"[^\w]+")
LONGEST = 40
"""Characters of a title that go into the file's name."""


def export(path: Path, form: str, folder: Path) -> Path:
    """Write the session in `path` as `form` into a new file in `folder`; gives that file.

    Blocks on the disk: call it in a thread.

    Raises:
        SessionError: it cannot be read, or the file not be written.
    """
    session = read_session(path)
    writer, suffix = FORMATS[form]
    name = _NO_NAME.sub("-", session.tree().title.lower()).strip("-")[:LONGEST].strip("-")
    target = _unused(folder, name or session.id, suffix)
    try:
        with target.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(writer(session))
    except OSError as error:
        raise SessionError(
            f"The session can't be written to {target}: {error.strerror}. Start the app in a "
            "folder of yours, or use carnice-chat sessions export."
        ) from error
    return target


def _unused(folder: Path, name: str, suffix: str) -> Path:
    target, number = folder / f"{name}{suffix}", 2
    while target.exists():
        target, number = folder / f"{name}-{number}{suffix}", number + 1
    return target
