"""The end of a session, at once and in bounded memory, however long the file is."""

import os
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

from carnice_tui.core.events import Record
from carnice_tui.sessions.attachments import bring_back
from carnice_tui.sessions.format import Header
from carnice_tui.sessions.lines import Line
from carnice_tui.sessions.mend import Mender
from carnice_tui.sessions.merge import merged
from carnice_tui.sessions.migrate import record_decoder
from carnice_tui.sessions.read import Decode, decode_line, open_session, read_header_or

FIRST_LOOK = 512 * 1024
"""Bytes: more than a screen holds, and read in a few milliseconds."""

LAST_LOOK = 64 * 1024 * 1024
"""Bytes: how far back to look for the beginning of a message."""


@dataclass(frozen=True)
class Tail:
    """The last messages. `whole` says that there is nothing before them.

    The first message hangs on the root, whatever came before it in the file; `start` is the
    byte at which the part that was read begins.
    """

    path: Path
    header: Header
    records: list[Record]
    start: int
    whole: bool


def read_tail(path: Path, size: int = FIRST_LOOK) -> Tail:
    """The messages that begin in the last `size` bytes; at least one, if any can be found.

    Raises:
        SessionError: there is no such file.
    """
    with open_session(path) as file:
        header = read_header_or(file, path.stem)
        end = file.seek(0, os.SEEK_END)
        while True:
            start = max(0, end - size)
            file.seek(start)
            data = file.read(end - start)
            records = _from(data, record_decoder(header.schema), path, cut=start > 0)
            if records or start == 0 or size >= LAST_LOOK:
                return Tail(path, header, records, start, whole=start == 0)
            size *= 4


def _from(data: bytes, decode: Decode, path: Path, *, cut: bool) -> list[Record]:
    texts = data.split(b"\n")
    if cut:
        del texts[0]
    decoded = (
        (number, bring_back(record, path, _unheard))
        for number, text in enumerate(texts)
        if (record := decode_line(Line(number, 0, text, ended=True), decode, _unheard)) is not None
    )
    if cut:
        decoded = dropwhile(lambda numbered: numbered[1].parent is None, decoded)
    return list(merged(Mender(_unheard).mend(decoded)))


def _unheard(*_: object) -> None:
    """The whole file is read later, and tells what is wrong with it."""
