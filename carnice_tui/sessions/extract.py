"""What the index keeps of a session file, read fast and without minding what is damaged.

Works on pieces of about 64 KiB of text, each beginning with a message, so that a session
that has grown is read again only from its last piece on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec

from carnice_tui.sessions.lines import MAX_LINE

PIECE = 64 * 1024
"""Characters of text after which the next message begins a new piece."""

_BLOCK = 256 * 1024
_DELTAS = frozenset(("answer_delta", "reasoning_delta"))


class _Stats(msgspec.Struct, gc=False):
    reasoning_tokens: int = 0
    answer_tokens: int = 0
    total_time: float = 0.0


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    text: str = ""
    title: str = ""
    model: str = ""
    mode: str = ""
    pinned: bool = False
    name: str = ""
    stats: _Stats | None = None


class _Line(msgspec.Struct, gc=False):
    """Any line of a session file, as far as the index minds it; header fields included."""

    event: _Event | None = None
    parent: str | None = None
    type: str = ""
    title: str = ""
    model: str = ""
    created: str = ""
    note: str = ""


_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decoder = msgspec.json.Decoder(_Line)


@dataclass
class Piece:
    """A stretch of a session. Names are those that hold at its end, "" where it says none."""

    start: int
    texts: list[str] = field(default_factory=list[str])
    length: int = 0
    title: str = ""
    model: str = ""
    mode: str = ""
    created: str = ""
    note: str = ""
    pinned: bool | None = None
    turns: int = 0
    answer_tokens: int = 0
    reasoning_tokens: int = 0
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """All that was said in it, message by message."""
        return "".join(self.texts)


def pieces(path: Path, start: int = 0) -> Iterator[Piece]:
    """The pieces of a session file from byte `start` on, which must begin a line.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(start)
        piece = Piece(start)
        for offset, line in _lines(file, start):
            event = line.event
            if event is not None and event.type in _DELTAS:
                # Nearly every line: a million of them should cost a second, not three.
                piece.texts.append(event.text)
                piece.length += len(event.text)
                continue
            if line.parent is not None and piece.length >= PIECE:
                yield piece
                piece = Piece(offset)
            _take(piece, line)
        yield piece


def _take(piece: Piece, line: _Line) -> None:
    event = line.event
    if event is None:
        if line.type == "session":
            piece.title, piece.model = line.title, line.model
            piece.created, piece.note = line.created, line.note
        return
    match event.type:
        case "user_message" | "tool_result" | "system_message":
            piece.turns += event.type == "user_message"
            piece.mode = event.mode or piece.mode
            _say(piece, f"\n\n{event.text}\n\n")
        case "tool_call":
            _say(piece, f"\n{event.name}\n")
        case "turn_started":
            piece.model = event.model or piece.model
            piece.mode = event.mode or piece.mode
            _say(piece, "\n\n")
        case "turn_finished" if event.stats:
            piece.answer_tokens += event.stats.answer_tokens
            piece.reasoning_tokens += event.stats.reasoning_tokens
            piece.seconds += event.stats.total_time
        case "title_changed":
            piece.title = event.title
        case "pin_changed":
            piece.pinned = event.pinned
        case _:
            pass


def _say(piece: Piece, text: str) -> None:
    piece.texts.append(text)
    piece.length += len(text)


def _lines(file: BinaryIO, offset: int) -> Iterator[tuple[int, _Line]]:
    """The lines that can be decoded, each with its place."""
    rest = b""
    decode = _decoder.decode
    while block := file.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        for text in whole:
            try:  # noqa: SIM105 - `suppress` would cost as much as all the rest, line by line
                yield offset, decode(text)
            except _UNREADABLE:
                pass
            offset += len(text) + 1
        if len(rest) > MAX_LINE:
            offset += len(rest)
            rest = b""
    try:
        yield offset, decode(rest)
    except _UNREADABLE:
        return
