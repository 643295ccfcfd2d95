"""A session as a terminal recording: the words in their rhythm, a marker at each turn.

Formats: docs.asciinema.org/manual/asciicast/v2 and v3. Version 2 counts seconds from the
beginning, version 3 from the event before.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    ReasoningDelta,
    Record,
    ToolCall,
    ToolResult,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.sanitize import Sanitizer, sanitize, sanitize_line
from carnice_tui.sessions.export import said
from carnice_tui.sessions.export.openai import safe_json
from carnice_tui.sessions.read import Session

COLUMNS, ROWS = 80, 24
IDLE_LIMIT = 2.0
"""Seconds: what players are told to shorten pauses to."""

_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


class _Event(NamedTuple):
    time: float
    code: str
    data: str


def asciicast_v2(session: Session) -> Iterator[str]:
    """The recording in version 2."""
    header = {"version": 2, "width": COLUMNS, "height": ROWS, **_about(session)}
    yield _json(header)
    for event in _events(session.records):
        yield _json([round(event.time, 6), event.code, event.data])


def asciicast_v3(session: Session) -> Iterator[str]:
    """The recording in version 3."""
    header = {"version": 3, "term": {"cols": COLUMNS, "rows": ROWS}, **_about(session)}
    yield _json(header)
    before = 0.0
    for event in _events(session.records):
        yield _json([round(event.time - before, 6), event.code, event.data])
        before = event.time


def _about(session: Session) -> dict[str, object]:
    about: dict[str, object] = {
        "title": sanitize_line(said.title_of(session)),
        "idle_time_limit": IDLE_LIMIT,
    }
    with contextlib.suppress(ValueError):
        about["timestamp"] = int(datetime.fromisoformat(session.header.created).timestamp())
    return about


def _events(records: list[Record]) -> Iterator[_Event]:
    """What appears on the terminal, when; times never run backwards."""
    time, turn = 0.0, 0
    cleaner = Sanitizer()
    thinking = False
    for record in records:
        time = max(time, record.t)
        event = record.event
        if thinking and isinstance(event, AnswerDelta | ToolCall | TurnFinished):
            thinking = False
            yield _Event(time, "o", f"{_PLAIN}\r\n\r\n")
        match event:
            case UserMessage(text=text):
                turn += 1
                yield _Event(time, "m", f"{turn}: {sanitize_line(text)[:60]}")
                yield _Event(time, "o", f"{_BOLD}> {_lines(sanitize(text))}{_PLAIN}\r\n\r\n")
            case ReasoningDelta(text=text):
                yield _Event(time, "o", ("" if thinking else _DIM) + _lines(cleaner.feed(text)))
                thinking = True
            case AnswerDelta(text=text):
                yield _Event(time, "o", _lines(cleaner.feed(text)))
            case ToolCall(name=name):
                yield _Event(time, "o", f"{_DIM}→ {sanitize_line(name)}{_PLAIN}\r\n")
            case ToolResult(text=text):
                yield _Event(time, "o", f"{_DIM}{_lines(sanitize(text))}{_PLAIN}\r\n")
            case EngineFailed(message=message):
                yield _Event(time, "o", f"{sanitize_line(message)}\r\n")
            case TurnStarted():
                cleaner = Sanitizer()
            case TurnFinished():
                yield _Event(time, "o", f"{_lines(cleaner.end())}\r\n\r\n")
            case _:
                pass


def _lines(text: str) -> str:
    """Line ends as a terminal in raw mode needs them."""
    return text.replace("\n", "\r\n")


def _json(value: object) -> str:
    return safe_json(value) + "\n"
