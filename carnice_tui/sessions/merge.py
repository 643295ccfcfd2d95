"""Joins the tokens of a message, for those who want its words and not their rhythm."""

from collections.abc import Iterable, Iterator

import msgspec

from carnice_tui.core.events import (
    AnswerDelta,
    LoadProgress,
    PrefillProgress,
    ReasoningDelta,
    Record,
    ToolCallDelta,
)

_STREAMED = (AnswerDelta, ReasoningDelta, ToolCallDelta)
_PASSING = (PrefillProgress, LoadProgress)


def merged(records: Iterable[Record]) -> Iterator[Record]:
    """The same conversation in far fewer records: runs of deltas joined, progress left out.

    A joined delta has the time of its first token and the sum of their counts.
    """
    first: Record | None = None
    texts: list[str] = []
    tokens = 0
    for record in records:
        event = record.event
        if isinstance(event, _PASSING):
            continue
        if isinstance(event, _STREAMED):
            if first is None or first.node != record.node or type(first.event) is not type(event):
                if first is not None:
                    yield _joined(first, texts, tokens)
                first, texts, tokens = record, [], 0
            texts.append(event.text)
            tokens += event.tokens
            continue
        if first is not None:
            yield _joined(first, texts, tokens)
            first = None
        yield record
    if first is not None:
        yield _joined(first, texts, tokens)


def _joined(first: Record, texts: list[str], tokens: int) -> Record:
    event = msgspec.structs.replace(first.event, text="".join(texts), tokens=tokens)
    return msgspec.structs.replace(first, event=event)
