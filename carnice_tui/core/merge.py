"""Joins the tokens of a message, for those who want its words and not their rhythm."""

from collections.abc import Iterable, Iterator

import msgspec

from carnice_tui.core.events import AnswerDelta, ReasoningDelta, Record, ToolCallDelta

_STREAMED = (AnswerDelta, ReasoningDelta, ToolCallDelta)


def joined(records: Iterable[Record]) -> Iterator[Record]:
    """The same records with each run of deltas of one kind and message as a single one.

    A joined delta has the time of its first token and the sum of their counts.
    """
    first: Record | None = None
    texts: list[str] = []
    tokens = 0
    for record in records:
        event = record.event
        if isinstance(event, _STREAMED):
            if first is None or first.node != record.node or type(first.event) is not type(event):
                if first is not None:
                    yield _whole(first, texts, tokens)
                first, texts, tokens = record, [], 0
            texts.append(event.text)
            tokens += event.tokens
            continue
        if first is not None:
            yield _whole(first, texts, tokens)
            first = None
        yield record
    if first is not None:
        yield _whole(first, texts, tokens)


def _whole(first: Record, texts: list[str], tokens: int) -> Record:
    if len(texts) == 1:
        return first
    assert isinstance(first.event, _STREAMED)
    event = type(first.event)("".join(texts), tokens)
    return msgspec.structs.replace(first, event=event)
