"""A second session from a place in the first: the original stays as it is."""

import time
from pathlib import Path

import msgspec

from carnice_tui.core.events import Record, TitleChanged, UserMessage
from carnice_tui.core.tree import MessageTree
from carnice_tui.sessions.append import AppendFile
from carnice_tui.sessions.attachments import put_aside
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import SCHEMA, SUFFIX, Header, encode_line, new_header
from carnice_tui.sessions.ids import new_id
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.rescue import trouble


def fork(path: Path, folder: Path, turn: int | None = None) -> Path:
    """Copy the shown branch of the session in `path`, up to the end of `turn` (from 1).

    Raises:
        SessionError: there is no such turn, or the copy cannot be written.
    """
    session = read_session(path)
    tree = session.tree()
    tip = tree.tip if turn is None else end_of_turn(tree, turn, session.id)
    kept = {node.id for node in tree.path(tip)}
    records = [record for record in session.records if record.node in kept]
    title = tree.title or session.header.title
    if title:
        records.append(Record(session.duration, TitleChanged(title)))
    header = msgspec.structs.replace(
        new_header(new_id(time.time()), time.time(), cwd=session.header.cwd),
        title=title,
        model=session.header.model,
        note=session.header.note,
        forked_from=f"{session.id}@{tip}",
    )
    return write_session(folder, header, records)


def split_turn(wanted: str) -> tuple[str, int | None]:
    """The session and the turn of "ID@TURN"; a file's name may have an @ of its own.

    Raises:
        SessionError: what follows the @ is no number.
    """
    session, at, turn = wanted.rpartition("@")
    if not at or "/" in turn:
        return wanted, None
    if not (turn.isascii() and turn.isdigit() and len(turn) < 10):
        raise SessionError(f"{turn!r} is no turn: write ID@3 for the end of the third.")
    return session, int(turn)


def write_session(folder: Path, header: Header, records: list[Record]) -> Path:
    """Write a whole new session at once; nothing is left of it if that fails.

    Raises:
        SessionError: it cannot be written.
    """
    path = folder / f"{header.id}{SUFFIX}"
    # Records of another version are written as this one writes them.
    header = msgspec.structs.replace(header, schema=SCHEMA)
    try:
        with AppendFile.create(path) as file:
            kept = [put_aside(record, path) for record in records]
            data = b"".join(map(encode_line, [header, *kept]))
            try:
                while data:
                    data = data[file.append(data) :]
                file.sync()
            except OSError:
                path.unlink()
                raise
    except OSError as error:
        raise SessionError(f"A new session can't be written: {trouble(error, path)}") from error
    return path


def end_of_turn(tree: MessageTree, turn: int, session: str) -> str:
    """The last message of turn `turn` of the shown branch; a user message begins a turn.

    Raises:
        SessionError: the branch has no such turn.
    """
    path = tree.path()
    begins = [i for i, node in enumerate(path) if isinstance(node.opening, UserMessage)]
    if not 1 <= turn <= len(begins):
        raise SessionError(
            f"Session {session} has no turn {turn}: it has {len(begins)}, counted from 1."
        )
    end = begins[turn] if turn < len(begins) else len(path)
    return path[end - 1].id
