"""Reading a session back: all that can be understood, and a list of what cannot.

Nothing in a file is fatal. A torn tail, NUL bytes, an unknown event or a line that is no
JSON is reported once with its line number, stays in the file, and the rest loads.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from carnice_tui.core.events import Record
from carnice_tui.core.tree import MessageTree
from carnice_tui.sessions.attachments import bring_back
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import SCHEMA, Header, decode_header
from carnice_tui.sessions.lines import Line, read_lines
from carnice_tui.sessions.mend import Mender
from carnice_tui.sessions.merge import merged
from carnice_tui.sessions.migrate import record_decoder

MAX_PROBLEMS = 100
"""How many problems are kept; beyond them only their number is."""


Decode = Callable[[bytes], Record]
"""Makes a record of a line; raises what `decode_record` does."""


class Problem(NamedTuple):
    """Something in the file that could not be read, in words."""

    line: int
    text: str


class Problems(list[Problem]):
    """The first `MAX_PROBLEMS` problems of a file, and how many there are in all."""

    total = 0

    def note(self, line: int, text: str) -> None:
        """Add one; a run of lines with the same problem counts each but is told once."""
        self.total += 1
        repeated = bool(self) and self[-1].text == text
        if len(self) < MAX_PROBLEMS and not repeated:
            self.append(Problem(line, text))

    def summary(self) -> str:
        """One line for a notice, "" where there is nothing to say."""
        if not self:
            return ""
        first = f"line {self[0].line}: {self[0].text}"
        more = f" (and {self.total - 1} more)" if self.total > 1 else ""
        return f"Parts of this session could not be read and were left as they are: {first}{more}"


@dataclass(frozen=True)
class Session:
    """A session as read. `problems` says what in the file could not be understood."""

    path: Path
    header: Header
    records: list[Record]
    problems: Problems

    @property
    def id(self) -> str:
        """The session's id."""
        return self.header.id

    @property
    def duration(self) -> float:
        """Seconds from the beginning to the last record."""
        return max((record.t for record in self.records), default=0.0)

    def tree(self) -> MessageTree:
        """The conversation."""
        return MessageTree(self.records)


def read_session(path: Path) -> Session:
    """Read a whole session.

    Raises:
        SessionError: there is no such file, or it is not a session at all.
    """
    return _read(path, list)


def read_messages(path: Path) -> Session:
    """Read a whole session with the tokens of each message joined: much less memory.

    Raises:
        SessionError: there is no such file, or it is not a session at all.
    """
    return _read(path, lambda records: list(merged(records)))


def _read(path: Path, gathered: Callable[[Iterator[Record]], list[Record]]) -> Session:
    problems = Problems()
    with open_session(path) as file:
        header, records = read_records(file, path, problems)
        return Session(path, header, gathered(records), problems)


def holds_session(path: Path) -> bool:
    """Whether there is a line in the file that belongs to a session, be it the header or a record.

    Raises:
        SessionError: it cannot be opened.
    """
    with open_session(path) as file:
        header, records = read_records(file, path, Problems())
        return bool(header.created) or next(records, None) is not None


def open_session(path: Path) -> BinaryIO:
    """Open a session file for reading.

    Raises:
        SessionError: it cannot be opened.
    """
    try:
        if not path.is_file():
            raise SessionError(f"There is no session file {path}.")
        return path.open("rb")
    except OSError as error:
        raise SessionError(f"Session file {path} can't be read: {error.strerror}.") from error


def read_records(file: BinaryIO, path: Path, problems: Problems) -> tuple[Header, Iterator[Record]]:
    """The header and, one at a time, the records of an open file; in bounded memory.

    `path` is the file's, for its id where the header cannot be read, and its attachments.
    """
    lines = read_lines(file)
    first = next(lines, None)
    header = _header(first) if first else None
    if header is None:
        file.seek(0)
        lines = read_lines(file)
        header = Header(schema=SCHEMA, id=path.stem, created="")
        unread = "the header can't be read" if first else "the file is empty"
        problems.note(1, f"{unread}; the file's name is taken as the id")
    elif header.schema > SCHEMA:
        problems.note(1, f"written by a newer version (schema {header.schema})")
    decode = record_decoder(header.schema)
    return header, Mender(problems.note).mend(_decoded(lines, decode, path, problems))


def read_header_or(file: BinaryIO, session: str) -> Header:
    """The header of an open file, or one made up for `session` where it has none."""
    first = next(read_lines(file, limit=1 << 16), None)
    return (_header(first) if first else None) or Header(schema=SCHEMA, id=session, created="")


def _header(line: Line) -> Header | None:
    try:
        return decode_header(line.text or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _decoded(
    lines: Iterator[Line], decode: Decode, path: Path, problems: Problems
) -> Iterator[tuple[int, Record]]:
    for line in lines:
        record = decode_line(line, decode, problems.note)
        if record is not None:
            yield line.number, bring_back(record, path, partial(problems.note, line.number))


def decode_line(line: Line, decode: Decode, note: Callable[[int, str], None]) -> Record | None:
    """The record of one line, or None with the reason noted (an empty line has none)."""
    text = line.text
    if text is None:
        note(line.number, "a line longer than any event")
        return None
    if not text:
        return None
    try:
        return decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        note(line.number, _why(line, error))
        return None


def _why(line: Line, error: Exception) -> str:
    if b"\0" in (line.text or b""):
        return "NUL bytes (a write that was cut off by a crash)"
    if isinstance(error, msgspec.ValidationError):
        return f"an event this version does not know ({error})"
    if not line.ended:
        return "the last line is cut off"
    if isinstance(error, RecursionError):
        return "nested deeper than any event"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return "not an event"
