"""What the index keeps of a session file, read fast and without minding what is damaged.

Works on pieces of about 64 KiB of text, each beginning with a message, so that a session
that has grown is read again only from its last piece on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from carnice_tui.sessions.lines import MAX_LINE

PIECE = 64 * 1024
"""Characters of text after which the next message begins a new piece."""

MOST_OF_A_TURN = 10**9
"""Tokens or seconds: a thousand windows, or thirty years."""

Figure = TypeVar("Figure", int, float)

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
_block_decoder = msgspec.json.Decoder(list[_Line])


@dataclass
class Piece:
    """A stretch of a session. Names are those that hold at its end, "" where it says none."""

    start: int
    texts: list[str] = field(default_factory=list[str])
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

    def is_full(self) -> bool:
        """Whether the next message begins another."""
        self.texts[:] = [self.text]
        return len(self.texts[0]) >= PIECE


def pieces(path: Path, start: int = 0) -> Iterator[Piece]:
    """The pieces of a session file from byte `start` on, which must begin a line.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(start)
        piece = Piece(start)
        say = piece.texts.append
        for block in _blocks(file, start):
            for at, line in enumerate(block.lines):
                event = line.event
                if event is not None and event.type in _DELTAS:
                    say(event.text)  # nearly every line: a million of them should cost a second
                    continue
                if line.parent is not None and piece.is_full():
                    yield piece
                    piece = Piece(block.offset(at))
                    say = piece.texts.append
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
            piece.texts.append(f"\n\n{event.text}\n\n")
        case "tool_call":
            piece.texts.append(f"\n{event.name}\n")
        case "turn_started":
            piece.model = event.model or piece.model
            piece.mode = event.mode or piece.mode
            piece.texts.append("\n\n")
        case "turn_finished" if event.stats:
            piece.answer_tokens += _possible(event.stats.answer_tokens)
            piece.reasoning_tokens += _possible(event.stats.reasoning_tokens)
            piece.seconds += _possible(event.stats.total_time)
        case "title_changed":
            piece.title = event.title
        case "pin_changed":
            piece.pinned = event.pinned
        case _:
            pass


def _possible(figure: Figure) -> Figure:
    """A figure of one turn; what no turn can have counts nothing, or it would spoil all sums."""
    return figure if 0 <= figure <= MOST_OF_A_TURN else type(figure)(0)


@dataclass(frozen=True)
class _Block:
    """The lines of a stretch of the file that can be decoded, and all of it as it was read."""

    start: int
    raw: list[bytes]
    lines: list[_Line]
    places: list[int] | None = None
    """Which of `raw` each line is; None: it is all of them."""

    def offset(self, at: int) -> int:
        """Where in the file line `at` begins."""
        before = self.raw[: at if self.places is None else self.places[at]]
        return self.start + sum(map(len, before)) + len(before)


def _blocks(file: BinaryIO, start: int) -> Iterator[_Block]:
    rest = b""
    while block := file.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield _decoded(start, whole)
        start += sum(map(len, whole)) + len(whole)
        if len(rest) > MAX_LINE:
            start += len(rest)
            rest = b""
    yield _decoded(start, [rest])


def _decoded(start: int, raw: list[bytes]) -> _Block:
    """All lines in one go, which is twice as fast; where one is damaged, each by itself."""
    try:
        lines = _block_decoder.decode(b"[%b]" % b",".join(raw))
        if len(lines) == len(raw):
            return _Block(start, raw, lines)
    except _UNREADABLE:
        pass
    lines, places = list[_Line](), list[int]()
    for place, text in enumerate(raw):
        try:
            lines.append(_decoder.decode(text))
        except _UNREADABLE:
            continue
        places.append(place)
    return _Block(start, raw, lines, places)
