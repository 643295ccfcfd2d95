"""Opening other programs' databases without changing them."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from carnice_tui.sessions.errors import SessionError

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
    try:
        yield connection
    except sqlite3.Error as error:
        raise SessionError(f"The database {path} can't be read: {error}.") from error
    finally:
        connection.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    """The names of its tables."""
    return {row["name"] for row in connection.execute("SELECT name FROM sqlite_master")}


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The columns of one of its tables."""
    return {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
