"""Where errors end: one line on standard error, and the exit status that says what happened."""

import contextlib
import io
import logging
import os
import sys
import traceback
from collections.abc import Callable, Generator

import click

from carnice_tui.core.app_log import write_traceback
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line

FAILED = 2
INTERRUPTED = 128 + 2
"""As a shell reports a command that died of SIGINT."""
PIPE_CLOSED = 128 + 13
"""As a shell reports a command that died of SIGPIPE: quiet, for nobody reads any more."""


def guarded(command: Callable[[], object], *, debug: bool) -> int:
    """Run `command` and give the exit status; whatever goes wrong is told in one line."""
    # What libraries log is no message of ours: asyncio, for one, tells of a child that ended just
    # as it was let go. `serve` and `--debug` say where such words go.
    if not debug:
        logging.lastResort = None
    try:
        status = command()
        _flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except click.exceptions.Abort:
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click leaves by SystemExit when the pipe is closed
        abandon_output()
        return PIPE_CLOSED
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _told(error)
    return status if isinstance(status, int) else 0


def open_standard_descriptors() -> None:
    """Make sure that 0, 1 and 2 are taken, or the next file or socket would be one of them.

    What was closed (`>&-`) behaves so: nothing to read, writing fails, errors are dropped.
    """
    for descriptor, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, flags)  # gets the lowest number that is free: this one
    # Typed as always there; each is None where its descriptor was closed when Python started.
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdin = os.fdopen(0, closefd=False)
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stderr = os.fdopen(2, "w", closefd=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As `output.write_out` writes: a locale without our characters would end a command in
        # the middle of a line. A file's name goes out in the bytes it has. (What kind of bytes it
        # wraps is not known to the types, and no matter.)
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # pyright: ignore[reportUnknownMemberType]


def say(message: str) -> None:
    """One line to the person, on standard error; nothing if that is closed."""
    with contextlib.suppress(OSError, ValueError):
        print(f"carnice-chat: {sanitize_line(message)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def naming_output() -> Generator[None]:
    """Say in an error of writing what it was that could not be written."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def abandon_output() -> None:
    """Send the rest of standard output nowhere, so that leaving does not fail over it."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def _told(error: Exception) -> int:
    match error:
        case CarniceError():
            say(str(error))
            return error.exit_code
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "carnice-chat"
            say(f"{error.format_message()} See: {path} --help")
            return error.exit_code
        case click.ClickException():
            say(error.format_message())
            return error.exit_code
        case OSError() if error.strerror:
            abandon_output()
            where = f": {error.filename}" if error.filename else ""
            say(f"{error.strerror}{where}. The log is {write_traceback(error)}.")
            return FAILED
        case _:
            say(
                f"This is an error of ours, sorry: {type(error).__name__}: {error}. "
                f"The log is {write_traceback(error)}; --debug shows it here."
            )
            return FAILED


def _flush() -> None:
    """Standard output is written out here, where a failure can still be told."""
    with naming_output():
        sys.stdout.flush()
