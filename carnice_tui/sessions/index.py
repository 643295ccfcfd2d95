"""The index of all sessions: SQLite with full-text search, made from the files and disposable.

Deleted, damaged or of another version: it is built anew. What has changed since is noticed
by size and time. Where it cannot be written, it lives in memory.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import NamedTuple

from carnice_tui.sessions.append import FILE_MODE, make_private_folder
from carnice_tui.sessions.extract import Piece, pieces
from carnice_tui.sessions.format import SUFFIX
from carnice_tui.sessions.listing import session_entries

NAME = "index.sqlite3"
VERSION = 2
"""Of the tables below; an index of another version is built anew."""

Progress = Callable[[int, int], None]
"""Takes bytes read and bytes to read in all."""

PIECES_BITS = 20
"""A session's number is in the upper bits of a text's rowid, the piece's in these."""

_COMMIT_EVERY = 32 * 1024 * 1024
"""Bytes of session files."""

_TABLES = (
    "CREATE TABLE sessions (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,"
    " mtime INTEGER NOT NULL, title TEXT NOT NULL, model TEXT NOT NULL, mode TEXT NOT NULL,"
    " created TEXT NOT NULL, note TEXT NOT NULL, pinned INTEGER NOT NULL,"
    # Sums over its pieces: a list of ten thousand sessions has no time to join and add.
    " turns INTEGER NOT NULL, answer_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,"
    " seconds REAL NOT NULL)",
    "CREATE TABLE pieces (n INTEGER NOT NULL, k INTEGER NOT NULL, start INTEGER NOT NULL,"
    " turns INTEGER NOT NULL, answer_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL,"
    " seconds REAL NOT NULL, PRIMARY KEY (n, k)) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE texts USING fts5(title, body,"
    " tokenize = 'unicode61 remove_diacritics 2')",
    # 16 MiB of words before they are written: fewer pieces to merge (measured: a fifth faster).
    "INSERT INTO texts (texts, rank) VALUES ('hashsize', 16777216)",
    f"PRAGMA user_version = {VERSION}",
)


_LATEST = 2**63 - 1
"""Nanoseconds since 1970, in the year 2262: SQLite takes no larger numbers, a disk does."""

_MARKS = {0: " ", 2: " ", 3: " "}


class _File(NamedTuple):
    id: str
    path: str
    size: int
    mtime: int  # nanoseconds


class _Known(NamedTuple):
    id: str
    n: int
    size: int
    mtime: int


class SessionIndex:
    """An open index of one folder of sessions. Blocks: use it in a thread, the same one."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        """Use `open_index`."""
        self.folder = folder
        self.connection = connection

    def __enter__(self) -> "SessionIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def refresh(self, progress: Progress | None = None) -> int:
        """Take in what has changed in the folder; gives how many sessions that were."""
        files = {file.id: file for file in _files(self.folder)}
        known = {
            row[0]: row
            for row in map(
                _Known._make, self.connection.execute("SELECT id, n, size, mtime FROM sessions")
            )
        }
        gone = [known[one].n for one in known.keys() - files.keys()]
        stale = [
            file
            for file in files.values()
            if (before := known.get(file.id)) is None
            or (before.size, before.mtime) != (file.size, file.mtime)
        ]
        if not gone and not stale:
            return 0
        with self._writing():
            for n in gone:
                self._forget(n)
        total, done, uncommitted = sum(file.size for file in stale), 0, 0
        batch: list[_File] = []
        for file in stale:
            batch.append(file)
            uncommitted += file.size
            if uncommitted < _COMMIT_EVERY and file is not stale[-1]:
                continue
            with self._writing():
                for one in batch:
                    self._take(one, known.get(one.id))
                    done += one.size
                    if progress:
                        progress(done, total)
            batch, uncommitted = [], 0
        return len(gone) + len(stale)

    @contextlib.contextmanager
    def _writing(self) -> Generator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def _take(self, file: _File, before: _Known | None) -> None:
        """Read one session, from its last known piece on if it has only grown."""
        run = self.connection.execute
        if before is not None and file.size < before.size:
            self._forget(before.n)
            before = None
        if before is None:
            row = (file.id, 0, 0, "", "", "", "", "", 0, 0, 0, 0, 0.0)
            cursor = run(f"INSERT INTO sessions VALUES (NULL{', ?' * len(row)})", row)
            n, k, start = cursor.lastrowid or 0, 0, 0
        else:
            n = before.n
            (k, start) = run(
                "SELECT k, start FROM pieces WHERE n = ? ORDER BY k DESC LIMIT 1", (n,)
            ).fetchone() or (0, 0)
            run("DELETE FROM pieces WHERE n = ? AND k = ?", (n, k))
            run("DELETE FROM texts WHERE rowid = ?", (n << PIECES_BITS | k,))
        number = k
        try:
            for number, piece in enumerate(pieces(Path(file.path), start), k):
                self._add(n, number, piece)
        except OSError:
            pass  # gone or unreadable by now: what is known of it stays
        run(
            "UPDATE sessions SET size = ?, mtime = ?, (turns, answer_tokens, reasoning_tokens,"
            " seconds) = (SELECT TOTAL(turns), TOTAL(answer_tokens), TOTAL(reasoning_tokens),"
            " TOTAL(seconds) FROM pieces WHERE n = ?) WHERE n = ?",
            (file.size, file.mtime, n, n),
        )
        if number > 0:  # some may have been indexed under an older title
            run(
                "UPDATE texts SET title = s.title FROM (SELECT title FROM sessions WHERE n = ?) AS"
                " s WHERE texts.rowid BETWEEN ? AND ? AND texts.title != s.title",
                (n, n << PIECES_BITS, (n + 1 << PIECES_BITS) - 1),
            )

    def _add(self, n: int, k: int, piece: Piece) -> None:
        run = self.connection.execute
        figures = (piece.turns, piece.answer_tokens, piece.reasoning_tokens, piece.seconds)
        run("INSERT INTO pieces VALUES (?, ?, ?, ?, ?, ?, ?)", (n, k, piece.start, *figures))
        for column in ("title", "model", "mode", "created", "note", "pinned"):
            # What a piece does not say holds from the one before.
            if value := getattr(piece, column):
                run(f"UPDATE sessions SET {column} = ? WHERE n = ?", (value, n))
        if piece.pinned is False:
            run("UPDATE sessions SET pinned = 0 WHERE n = ?", (n,))
        (title,) = run("SELECT title FROM sessions WHERE n = ?", (n,)).fetchone()
        # One row by its values: a statement that could write several, such as INSERT ... SELECT,
        # makes FTS5 write out all the words it has gathered (measured: four times as long).
        run(
            "INSERT INTO texts (rowid, title, body) VALUES (?, ?, ?)",
            (n << PIECES_BITS | k, title, _plain(piece.text)),
        )

    def _forget(self, n: int) -> None:
        run = self.connection.execute
        run("DELETE FROM sessions WHERE n = ?", (n,))
        run("DELETE FROM pieces WHERE n = ?", (n,))
        run(
            "DELETE FROM texts WHERE rowid BETWEEN ? AND ?",
            (n << PIECES_BITS, (n + 1 << PIECES_BITS) - 1),
        )


def open_index(folder: Path) -> SessionIndex:
    """The index of `folder`, made if there is none that can be used."""
    path = folder / NAME
    for attempt in range(2):
        try:
            return SessionIndex(folder, _connect(path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) or attempt:
                break  # not damaged, but not to be written here
            delete_index(folder)
        except OSError:
            break
    return memory_index(folder)


def memory_index(folder: Path) -> SessionIndex:
    """An index of `folder` that is gone when it is closed."""
    return SessionIndex(folder, _prepared(sqlite3.connect(":memory:", isolation_level=None)))


def delete_index(folder: Path) -> None:
    """Remove the index; the next one who opens it builds it anew."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            (folder / (NAME + suffix)).unlink()


def _connect(path: Path) -> sqlite3.Connection:
    make_private_folder(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        return _prepared(connection)
    except sqlite3.Error:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA synchronous = OFF")  # it can be built anew at any time
    connection.execute("PRAGMA mmap_size = 268435456")
    connection.execute("PRAGMA cache_size = -65536")  # KiB, hence the sign
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"version {version}")
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have made the tables while this one waited for its turn.
        if connection.execute("PRAGMA user_version").fetchone() == (0,):
            for statement in _TABLES:
                connection.execute(statement)
        connection.commit()
    return connection


def _files(folder: Path) -> Iterator[_File]:
    for entry in session_entries(folder):
        with contextlib.suppress(OSError):
            status = entry.stat()
            name = entry.name.removesuffix(SUFFIX)
            written = max(-_LATEST, min(status.st_mtime_ns, _LATEST))
            yield _File(name, entry.path, status.st_size, written)


def _plain(text: str) -> str:
    """Without the two characters that mark hits in snippets, and what UTF-8 cannot carry."""
    text = text.translate(_MARKS)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
