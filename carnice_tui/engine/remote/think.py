"""Thinking that a server leaves in the text: `<think>` at its very beginning, up to `</think>`."""

from enum import Enum

OPEN, CLOSE = "<think>", "</think>"


class _At(Enum):
    START = 0
    OPENED = 1
    THINKING = 2
    CLOSED = 3
    ANSWER = 4


class InlineThinking:
    """Parts a text into thinking and answer as it comes; any chunking gives the same."""

    def __init__(self) -> None:
        self._at = _At.START
        self._held = ""

    def feed(self, text: str) -> tuple[str, str]:
        """The thinking and the answer that `text` adds."""
        thinking = answer = ""
        self._held += text
        if self._at is _At.START:
            opening = self._held.lstrip()
            if opening.startswith(OPEN):
                self._at, self._held = _At.OPENED, opening[len(OPEN) :]
            elif not OPEN.startswith(opening):
                self._at = _At.ANSWER
        if self._at is _At.OPENED and self._held:
            self._at, self._held = _At.THINKING, self._held.removeprefix("\n")
        if self._at is _At.THINKING:
            before, found, after = self._held.partition(CLOSE)
            if found:
                thinking, self._at, self._held = before, _At.CLOSED, after
            else:
                cut = len(before) - _overlap(before)
                thinking, self._held = before[:cut], before[cut:]
        if self._at is _At.CLOSED:
            self._held = self._held.lstrip("\n")
            self._at = _At.ANSWER if self._held else _At.CLOSED
        if self._at is _At.ANSWER:
            answer, self._held = self._held, ""
        return thinking, answer

    def finish(self) -> tuple[str, str]:
        """What was held back, at the end."""
        held, self._held = self._held, ""
        return (held, "") if self._at is _At.THINKING else ("", held)


def _overlap(text: str) -> int:
    """How many characters at the end of `text` begin the closing tag."""
    return next((n for n in range(len(CLOSE) - 1, 0, -1) if text.endswith(CLOSE[:n])), 0)
