"""When a session file cannot be written: what to say, and where to put the rest."""

import errno
import os
import tempfile
from pathlib import Path

from carnice_tui.sessions.format import SUFFIX

_ADVICE = {
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some of your quota there",
    errno.EFBIG: "raise the limit on the size of a file (ulimit -f)",
    errno.EACCES: "make that folder writable",
    errno.EPERM: "make that folder writable",
    errno.EROFS: "make that disk writable, or set CARNICE_DATA_DIR to another folder",
}


def trouble(error: OSError, path: Path) -> str:
    """What the operating system answered about `path`, and what to do about it."""
    said = (error.strerror or str(error)).lower()
    advice = _ADVICE.get(error.errno or 0)
    return f"{said} ({path})" + (f": {advice}" if advice else "")


def rescue(session: str, rest: bytes) -> Path | None:
    """Put what is left of a session into a private file in the temporary folder."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f"carnice-chat-{session}-", suffix=SUFFIX)
        with os.fdopen(descriptor, "wb") as file:
            file.write(rest)
    except OSError:
        return None
    return Path(name)
