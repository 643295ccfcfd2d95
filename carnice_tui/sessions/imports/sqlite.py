"""Opening other programs' databases without changing them."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from carnice_tui.sessions.errors import SessionError

_LATEST = 253_370_764_800
"""Seconds since 1970, at the beginning of the year 9999."""

MAGIC = b"SQLite format 3\0"

Row = dict[str, Any]


@contextmanager
def open_read_only(path: Path) -> Generator[sqlite3.Connection]:
    """The database in `path`.

    Raises:
        SessionError: it cannot be read.
    """
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)
    connection.row_factory = _as_dict
    connection.text_factory = text_of
    try:
        yield connection
    except sqlite3.Error as error:
        raise SessionError(f"The database {path} can't be read: {error}.") from error
    except KeyError as error:
        raise SessionError(
            f"The database {path} has no column {error}: it is of a version that is not known here."
        ) from error
    finally:
        connection.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    """The names of its tables."""
    return {row["name"] for row in connection.execute("SELECT name FROM sqlite_master")}


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The columns of one of its tables."""
    return {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}


def text_of(value: object) -> str:
    """A column as text: any row of SQLite's may hold bytes or a number in the place of it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def seconds_of(value: object) -> float:
    """A column as a moment, in seconds since 1970; 0 where it is none that a calendar has."""
    if isinstance(value, int | float) and 0 <= value < _LATEST:
        return float(value)
    return 0.0


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
