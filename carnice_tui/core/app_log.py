"""Where the traceback of an error of ours goes, so that it can be sent to us."""

import logging
import sys

from carnice_tui.core import paths


def write_traceback(error: Exception) -> str:
    """Write it into the app's log, and say where that is, or why there is none."""
    path = paths.app_log()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as refused:
        return f"not written ({path}: {refused.strerror})"
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    record = logging.LogRecord(
        "carnice_tui", logging.ERROR, "", 0, "%s", (" ".join(sys.argv),), None
    )
    record.exc_info = (type(error), error, error.__traceback__)
    handler.emit(record)
    handler.close()
    return str(path)
