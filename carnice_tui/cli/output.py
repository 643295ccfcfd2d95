"""What the print mode writes to standard output, as the records of a turn arrive."""

import os
import sys
from typing import Protocol

import msgspec

from carnice_tui.cli.boundary import naming_output
from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    FinishReason,
    Notice,
    ReasoningDelta,
    Record,
    ToolCall,
    TurnFinished,
    TurnStarted,
    TurnStats,
)
from carnice_tui.core.json_line import json_line
from carnice_tui.core.sanitize import Sanitizer


class Answer(msgspec.Struct):
    """`--output json`: one answer, exactly as the model gave it."""

    answer: str
    reasoning: str = ""
    calls: list[ToolCall] = []
    reason: FinishReason = "failed"
    error: str = ""
    model: str = ""
    session: str = ""
    stats: TurnStats = TurnStats()


class Printer(Protocol):
    """A sink of the print mode."""

    def __call__(self, record: Record) -> None:
        """Take one record."""
        ...

    def close(self) -> None:
        """The turn is over."""
        ...


class TextPrinter:
    """The answer, word for word as it comes and safe for a terminal."""

    def __init__(self) -> None:
        self._cleaner = Sanitizer()
        self._last = "\n"

    def __call__(self, record: Record) -> None:
        """Write the answer's next words."""
        if isinstance(record.event, AnswerDelta):
            self._write(self._cleaner.feed(record.event.text))
        elif isinstance(record.event, TurnFinished):  # an agent's next words are another answer
            self.close()

    def close(self) -> None:
        """End the last line."""
        self._write(self._cleaner.end())
        if self._last != "\n":
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            self._last = text[-1]
            write_out(text.encode())


class JsonPrinter:
    """The whole answer as one JSON object, at the end; `session` is where it is saved."""

    def __init__(self, session: str = "") -> None:
        self._answer: list[str] = []
        self._reasoning: list[str] = []
        self._whole = Answer("", session=session)

    def __call__(self, record: Record) -> None:
        """Collect."""
        whole = self._whole
        match record.event:
            case TurnStarted(model=model):
                whole.model = model
                self._answer.clear()  # of an agent's answers, the last
            case AnswerDelta(text=text):
                self._answer.append(text)
            case ReasoningDelta(text=text):
                self._reasoning.append(text)
            case ToolCall() as call:
                whole.calls = [*whole.calls, call]
            case EngineFailed(message=message):
                whole.error = message
            case TurnFinished(reason=reason, stats=stats):
                whole.reason, whole.stats = reason, stats
            case _:
                pass

    def close(self) -> None:
        """Write it."""
        self._whole.answer = "".join(self._answer)
        self._whole.reasoning = "".join(self._reasoning)
        write_out(json_line(self._whole))


class RecordPrinter:
    """Every record as one JSON line, as it happens: the format of the session files."""

    def __call__(self, record: Record) -> None:
        """Write the record."""
        write_out(json_line(record))

    def close(self) -> None:
        """All is written."""


class ThinkingPrinter:
    """Thinking, and what the engine has to say, to standard error."""

    def __init__(self, *, thinking: bool) -> None:
        self._thinking = thinking
        self._cleaner = Sanitizer()
        self._open = False

    def __call__(self, record: Record) -> None:
        """Write the next thoughts; end their last line when the answer begins."""
        match record.event:
            case ReasoningDelta(text=text) if self._thinking:
                self._open = True
                self._write(self._cleaner.feed(text))
            case AnswerDelta() | TurnFinished() if self._open:
                self._open = False
                self._write(self._cleaner.end() + "\n")
            case Notice(text=text):
                self._write(f"carnice-chat: {text}\n")
            case _:
                pass

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def write_out(data: bytes) -> None:
    """Write all of `data` to standard output, now.

    Raises:
        BrokenPipeError: nobody reads any more.
        OSError: it cannot be written, for example to a full disk.
    """
    with naming_output():
        while data:
            data = data[os.write(1, data) :]
