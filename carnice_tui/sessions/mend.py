"""Closes the gaps that unreadable lines leave, so that no later message is lost with them.

A message whose parent's line is gone hangs on the last message that is known; the pieces of
an answer whose first line is gone get a new opening.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from carnice_tui.core.events import (
    AnswerDelta,
    ReasoningDelta,
    Record,
    ToolCall,
    TurnFinished,
    TurnStarted,
)

_SPOKEN = (AnswerDelta, ReasoningDelta, ToolCall, TurnFinished)


class Mender:
    """Passes records on and mends the tree they make; notes each mend with its line."""

    def __init__(self, note: Callable[[int, str], None]) -> None:
        self._note = note
        self._known: set[str] = set()
        self._last = ""

    def mend(self, numbered: Iterable[tuple[int, Record]]) -> Iterator[Record]:
        """The records, with what was missing put in."""
        for line, record in numbered:
            if record.parent is not None:
                yield self._opened(line, record)
            elif record.node and record.node not in self._known:
                if isinstance(record.event, _SPOKEN):
                    self._note(line, f"the beginning of message {record.node} is missing")
                    yield self._add(Record(record.t, TurnStarted(""), record.node, self._last))
                yield record
            else:
                yield record

    def _opened(self, line: int, record: Record) -> Record:
        if record.parent and record.parent not in self._known:
            where = f"shown after {self._last}" if self._last else "shown first"
            self._note(line, f"message {record.parent} before {record.node} is missing: {where}")
            record = msgspec.structs.replace(record, parent=self._last)
        return self._add(record)

    def _add(self, record: Record) -> Record:
        self._known.add(record.node)
        self._last = record.node
        return record
