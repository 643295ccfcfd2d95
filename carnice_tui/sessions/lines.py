"""Cuts a file into lines at newlines alone, in bounded memory, with their places."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAX_LINE = 64 * 1024 * 1024
"""Bytes. No event is longer: attachments lie in files of their own."""

_BLOCK = 1 << 20


class Line(NamedTuple):
    """One line. `text` is None where it was longer than `MAX_LINE`; `ended`: has a newline."""

    number: int
    offset: int
    text: bytes | None
    ended: bool


def read_lines(file: BinaryIO, *, limit: int = MAX_LINE) -> Iterator[Line]:
    """Every line from where `file` stands; the last one may have no end."""
    number, offset = 1, file.tell()
    while True:
        text = file.readline(limit + 1)
        if not text:
            return
        length, ended = len(text), text.endswith(b"\n")
        if not ended and length > limit:
            more, ended = _skip(file)
            yield Line(number, offset, None, ended)
            length += more
        else:
            yield Line(number, offset, text.removesuffix(b"\n"), ended)
        number += 1
        offset += length


def _skip(file: BinaryIO) -> tuple[int, bool]:
    """Go behind the end of the line; gives the bytes passed and whether it ended."""
    passed = 0
    while block := file.readline(_BLOCK):
        passed += len(block)
        if block.endswith(b"\n"):
            return passed, True
    return passed, False
