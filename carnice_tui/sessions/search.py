"""Finding sessions through the index, best first, with the words that were found marked."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import SUFFIX
from carnice_tui.sessions.index import (
    NAME,
    PIECES_BITS,
    Progress,
    SessionIndex,
    delete_index,
    memory_index,
    open_index,
)
from carnice_tui.sessions.listing import SessionInfo, newest_first
from carnice_tui.sessions.query import Query, parse_query

LIMIT = 50
_SNIPPET_WORDS = 16
_TITLE_WEIGHT = 8.0
"""A word in a title says as much as this many in the text."""

_ALL = """SELECT s.id, s.title, s.model, s.created, s.mtime, s.size, s.note, s.mode, s.pinned,
    s.turns, s.answer_tokens, s.reasoning_tokens, s.seconds FROM sessions s"""

T = TypeVar("T")


class Part(NamedTuple):
    """A stretch of a snippet; `found` where it is what was looked for."""

    text: str
    found: bool


@dataclass(frozen=True)
class Hit:
    """A session that fits. `snippet` is empty where only filters were given."""

    info: SessionInfo
    snippet: tuple[Part, ...] = ()


def all_sessions(folder: Path, progress: Progress | None = None) -> list[SessionInfo]:
    """Every session of `folder` with its figures, pinned ones and then newest first."""

    def read(index: SessionIndex) -> list[SessionInfo]:
        index.refresh(progress)
        rows = index.connection.execute(_ALL)
        return newest_first(_infos(folder, rows))

    return _mended(folder, read)


def search(
    folder: Path,
    text: str,
    *,
    partial: bool = False,
    limit: int = LIMIT,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> list[Hit]:
    """The sessions that fit `text`, best first; `partial`: its last word is still being typed.

    Raises:
        SessionError: a filter that cannot be understood.
    """
    query = parse_query(text, now or datetime.now().astimezone(), partial=partial)

    def look(index: SessionIndex) -> list[Hit]:
        index.refresh(progress)
        return find(index, query, limit)

    return _mended(folder, look)


def find(index: SessionIndex, query: Query, limit: int = LIMIT) -> list[Hit]:
    """What of the index as it is now fits `query`."""
    filters, values = _filters(query)
    run = index.connection.execute
    if not query.match:
        rows = run(f"{_ALL} WHERE {filters}", values)
        return [Hit(info) for info in newest_first(_infos(index.folder, rows))[:limit]]
    found = run(
        f"SELECT t.rowid FROM texts t JOIN sessions s ON s.n = t.rowid >> {PIECES_BITS} "
        f"WHERE texts MATCH ? AND {filters} ORDER BY bm25(texts, {_TITLE_WEIGHT}, 1.0) LIMIT ?",
        (query.match, *values, limit * 4),
    )
    best: dict[int, int] = {}
    for (rowid,) in found:
        best.setdefault(rowid >> PIECES_BITS, rowid)
    hits: list[Hit] = []
    for n, rowid in list(best.items())[:limit]:
        (info,) = _infos(index.folder, run(f"{_ALL} WHERE s.n = ?", (n,)))
        snippet = run(
            f"SELECT snippet(texts, 1, char(2), char(3), '…', {_SNIPPET_WORDS}) "
            "FROM texts WHERE texts MATCH ? AND rowid = ?",
            (query.match, rowid),
        ).fetchone()
        hits.append(Hit(info, _parts(snippet[0])))
    return hits


def _mended(folder: Path, work: Callable[[SessionIndex], T]) -> T:
    """Do `work`; if the index is damaged or locked, once more with a new one."""
    try:
        with open_index(folder) as index:
            return work(index)
    except sqlite3.OperationalError:
        again = memory_index
    except sqlite3.DatabaseError:
        delete_index(folder)
        again = open_index
    try:
        with again(folder) as index:
            return work(index)
    except sqlite3.Error as error:
        raise SessionError(
            f"The index of the sessions can't be used ({error}): delete {folder / NAME}."
        ) from error


def _filters(query: Query) -> tuple[str, list[object]]:
    clauses, values = ["1"], list[object]()
    for column, wanted in (("model", query.models), ("mode", query.modes)):
        for value in wanted:
            clauses.append(f"s.{column} LIKE ? ESCAPE '\\'")
            escaped = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            values.append(f"%{escaped}%")
    for sign, when in ((">=", query.after), ("<", query.before)):
        if when is not None:
            clauses.append(f"s.mtime {sign} ?")
            values.append(int(when * 1e9))
    return " AND ".join(clauses), values


def _infos(folder: Path, rows: Iterable[tuple[Any, ...]]) -> Iterator[SessionInfo]:
    """Rows of `_ALL` as lines of a list; ten thousand of them take a tenth of a second."""
    prefix = f"{folder}{os.sep}"
    for id_, title, model, created, mtime, size, note, mode, pinned, *figures in rows:
        file, updated = f"{prefix}{id_}{SUFFIX}", mtime / 1e9
        yield SessionInfo(
            id_, file, title, model, created, updated, size, note, mode, pinned != 0, *figures
        )


def _parts(snippet: str) -> tuple[Part, ...]:
    """A snippet on one line, cut at the marks that `snippet()` put in."""
    parts: list[Part] = []
    for i, stretch in enumerate(snippet.replace("\x03", "\x02").split("\x02")):
        text = " ".join(stretch.split())
        lead = " " if stretch[:1].isspace() and parts else ""
        tail = " " if stretch[-1:].isspace() and text else ""
        if text or lead:
            parts.append(Part(f"{lead}{text}{tail}", i % 2 == 1))
    return tuple(parts)
