"""The end of a log, for an error to show."""

import os
from pathlib import Path

TAIL_BYTES = 16_384
LOG_LINES = 12
"""How many of its last lines an error shows."""


def last_lines(log: Path, start: int = 0) -> str:
    """The last lines of `log`, none from before the byte `start`; "" where it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(start, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-LOG_LINES:])
