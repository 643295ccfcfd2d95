"""A session's file while the session goes on: records in, and what the disk refuses is kept."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from carnice_tui.core.events import Notice, Record, TitleChanged, TurnStarted
from carnice_tui.sessions.append import AppendFile
from carnice_tui.sessions.attachments import put_aside
from carnice_tui.sessions.format import SUFFIX, Header, encode_line
from carnice_tui.sessions.ids import new_id


class GrowingFile:
    """Writes records in order. The file of a new session is made with the first of them.

    Everything here blocks, and one thread at a time may use it.
    """

    def __init__(self, path: Path, header: Header | None, file: AppendFile | None = None) -> None:
        """`header` is None for a `file` that has one."""
        self.path = path
        self._header = header
        self._file = file
        self._unsent = bytearray(b"\n" if file is not None and file.has_torn_tail else b"")

    @property
    def is_new(self) -> bool:
        """Whether it is still to be made."""
        return self._header is not None

    def write(self, records: Sequence[Record], *, sync: bool) -> OSError | None:
        """Write what was refused before, then `records`; with `sync` they are on the disk itself.

        Gives why it was refused: then what is left is tried again with the next call.
        """
        failed = self._create(records) if self._file is None else None
        for record in records:
            self._unsent += _line(record if failed else put_aside(record, self.path))
        if failed or self._file is None:
            return failed
        try:
            while self._unsent:
                taken = self._file.append(self._unsent)
                del self._unsent[:taken]
            if sync:
                self._file.sync()
        except OSError as error:
            return error
        return None

    def rest(self, records: Iterable[Record]) -> bytes:
        """What did not get into the file, and `records` after it; with the header, where the
        file has none."""
        rest = bytes(self._unsent) + b"".join(map(_line, records))
        return encode_line(self._header) + rest if rest and self._header is not None else rest

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _create(self, first: Sequence[Record]) -> OSError | None:
        """Bring the file into being; its header goes before what waits to be written."""
        if self._header is None:
            return None
        self._header = _completed(self._header, first)
        try:
            try:
                self._file = AppendFile.create(self.path)
            except FileExistsError:
                # Another app began in the same tenth of a second and drew the same id.
                self._header = msgspec.structs.replace(self._header, id=new_id(time.time()))
                self.path = self.path.with_name(f"{self._header.id}{SUFFIX}")
                self._file = AppendFile.create(self.path)
        except OSError as error:
            return error
        self._unsent[:0] = encode_line(self._header)
        self._header = None
        return None


def _completed(header: Header, first: Iterable[Record]) -> Header:
    """The header with the title and the model that the first records name."""
    title, model = header.title, header.model
    for record in first:
        match record.event:
            case TitleChanged():
                title = title or record.event.title
            case TurnStarted():
                model = model or record.event.model
            case _:
                pass
    return msgspec.structs.replace(header, title=title, model=model)


def _line(record: Record) -> bytes:
    try:
        return encode_line(record)
    except (RecursionError, TypeError, ValueError) as error:
        kind = type(record.event).__name__
        lost = Notice("error", f"An event could not be written here ({kind}: {error}).")
        return encode_line(Record(record.t, lost, record.node))
