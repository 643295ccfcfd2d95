"""What the screen remembers of a session: the draft, and where one was reading.

It lies in the state folder and not in the session: it is about one person's screen, it
changes all the time, and losing it loses nothing that was said.
"""

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec

from carnice_tui.sessions.append import make_private_folder


class View(msgspec.Struct, frozen=True, omit_defaults=True):
    """`draft` is what stands in the composer. `node` and `line` say which line of which
    message was at the top; node "" is the end, which the screen follows. `unfolded` are the
    messages whose thinking or tool output was opened.
    """

    draft: str = ""
    node: str = ""
    line: int = 0
    unfolded: tuple[str, ...] = ()


def load_view(folder: Path, session: str) -> View:
    """The view of a session; an empty one where none was kept or it cannot be read."""
    try:
        return msgspec.json.decode(_file(folder, session).read_bytes(), type=View)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return View()


def save_view(folder: Path, session: str, view: View) -> None:
    """Keep the view of a session, whole or not at all; where it cannot be, nothing happens."""
    path = _file(folder, session)
    with contextlib.suppress(OSError):
        if view == View():
            path.unlink(missing_ok=True)
            return
        make_private_folder(path.parent)
        descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{session}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(view))
        Path(partial).replace(path)


def _file(folder: Path, session: str) -> Path:
    return folder / "views" / f"{session}.json"
