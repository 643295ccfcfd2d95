"""A conversation as plain text, for pipes and files: what was asked after `>`, then the answer."""

import msgspec

from carnice_tui.cli.output import write_out
from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    EngineFailed,
    Record,
    ToolCall,
    ToolResult,
    TurnFinished,
    UserMessage,
)
from carnice_tui.core.sanitize import Sanitizer, sanitize, sanitize_line

_ENDINGS = {
    "length": "cut at the limit of tokens",
    "cancelled": "interrupted",
    "failed": "failed",
    "context-full": "cut where the context window was full",
}
_ANSWERS = {
    "once": "allowed once",
    "session": "allowed for the session",
    "always": "always allowed",
    "no": "refused",
}
_SHOWN_LINES = 12
"""Of a tool's result, as on its card."""


class PlainPrinter:
    """Writes records to standard output as they come, safe for a terminal."""

    def __init__(self) -> None:
        self._cleaner = Sanitizer()
        self._last = "\n"
        self._begun = False

    def __call__(self, record: Record) -> None:
        """Write what `record` adds."""
        match record.event:
            case UserMessage() as asked:
                self._asked(asked)
            case AnswerDelta(text=text):
                self._write(self._cleaner.feed(text))
            case ToolCall(name=name, arguments=arguments):
                given = msgspec.json.encode(arguments).decode()
                self._line(f"→ {sanitize_line(name)} {sanitize_line(given)}")
            case ToolResult(text=text):
                self._indented(text, _SHOWN_LINES)
            case ApprovalAsked(question=question):
                self._indented(question)
            case ApprovalGiven() as given:
                reason = f": {sanitize_line(given.reason)}" if given.reason else ""
                self._line(f"[{_ANSWERS[given.answer]}{reason}]")
            case EngineFailed(message=message):
                self._line(f"[{sanitize_line(message)}]")
            case TurnFinished(reason=reason):
                self.close()
                if reason in _ENDINGS:
                    self._line(f"[{_ENDINGS[reason]}]")
            case _:
                pass

    def close(self) -> None:
        """End the last line."""
        self._write(self._cleaner.end())
        if self._last != "\n":
            self._write("\n")

    def _asked(self, asked: UserMessage) -> None:
        if self._begun:
            self._line("")
        self._begun = True
        for file in asked.attachments:
            self._line(f"> [{sanitize_line(file.name)}]")
        for line in sanitize(asked.text).splitlines():
            self._line(f"> {line}")
        self._line("")

    def _indented(self, text: str, most: int | None = None) -> None:
        lines = sanitize(text).rstrip("\n").split("\n")
        for line in lines[:most]:
            self._line(f"  {line}".rstrip())
        if more := len(lines) - len(lines[:most]):
            self._line(f"  … {more:,} more lines")

    def _line(self, text: str) -> None:
        self.close()
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        if text:
            self._last = text[-1]
            write_out(text.encode())
