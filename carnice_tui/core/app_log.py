"""Where the traceback of an error of ours goes, so that it can be sent to us."""

import sys
import time
import traceback

from carnice_tui.core import paths


def write_traceback(error: Exception) -> str:
    """Write it into the app's log, and say where that is, or why there is none."""
    path = paths.app_log()
    said = "".join(traceback.format_exception(error))
    entry = f"{time.strftime('%Y-%m-%d %H:%M:%S')} ERROR {' '.join(sys.argv)}\n{said}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # An argument, or what the error names, may be bytes that are no text.
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(entry)
    except OSError as refused:
        return f"not written ({path}: {refused.strerror})"
    return str(path)
