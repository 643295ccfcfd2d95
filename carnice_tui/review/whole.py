"""Writes a file whole or not at all, and leaves nothing beside it where that fails."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Put a file with `content` and the permissions `mode` in the place of `path`.

    Raises:
        OSError: it cannot be written; what was there before is as it was.
    """
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=".carnice-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
