"""A conversation as plain text, for pipes and files: what was asked after `>`, then the answer."""

from carnice_tui.cli.output import write_out
from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Record,
    ToolCall,
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
            case ToolCall(name=name):
                self._line(f"[{sanitize_line(name)} was called]")
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

    def _line(self, text: str) -> None:
        self.close()
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        if text:
            self._last = text[-1]
            write_out(text.encode())
