"""What a benchmark gives: rows of measures, with where and with what they were taken."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from carnice_tui import __version__
from carnice_tui.core.errors import CarniceError

LIBRARIES = ("mlx", "mlx-lm")


class BenchError(CarniceError):
    """A benchmark cannot be run or read; the message says what to do."""


class WindowFull(BenchError):
    """A prompt does not fit the model's window: a shorter one may."""


class Measure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One figure. `error` is one standard error; `samples` are what it was taken from, so
    that two results can be compared."""

    name: str
    unit: str
    value: float
    error: float | None = None
    samples: tuple[float, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """One model under one engine: `by` is carnice-chat, mlx_lm, or a server's address."""

    model: str
    by: str
    measures: tuple[Measure, ...]
    note: str = ""

    @property
    def label(self) -> str:
        """As tables name it."""
        return f"{self.model} ({self.by})"

    def measure(self, name: str) -> Measure | None:
        """The measure of that name."""
        return next((measure for measure in self.measures if measure.name == name), None)


class Result(msgspec.Struct, frozen=True):
    """A whole run. `conditions` says how it was taken, in a line for people."""

    suite: str
    created: str
    machine: str
    software: str
    conditions: str
    rows: tuple[Row, ...]


def new_result(suite: str, machine: str, conditions: str, rows: Sequence[Row]) -> Result:
    """A result of now, on this machine, with these libraries."""
    created = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    libraries = [f"{name} {found}" for name in LIBRARIES if (found := _version(name))]
    software = ", ".join(
        [f"carnice-chat {__version__}", *libraries, f"Python {platform.python_version()}"]
    )
    return Result(suite, created, machine, software, conditions, tuple(rows))


def save(result: Result, path: Path) -> None:
    """Write a result as JSON.

    Raises:
        BenchError: it cannot be written.
    """
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    except OSError as error:
        raise BenchError(f"The result cannot be written to {path}: {error.strerror}.") from error


def read(path: Path) -> Result:
    """Read a result that was saved.

    Raises:
        BenchError: there is none, or it is something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except OSError as error:
        raise BenchError(f"The result {path} cannot be read: {error.strerror}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BenchError(f"{path} is no result of carnice-chat bench: {error}.") from error


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
