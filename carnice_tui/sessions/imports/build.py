"""From the messages of another program to a session of ours."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    ReasoningDelta,
    Record,
    SystemMessage,
    TitleChanged,
    ToolCall,
    ToolResult,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.messages import Message
from carnice_tui.core.title import shortened
from carnice_tui.sessions.fork import write_session
from carnice_tui.sessions.format import Header, new_header
from carnice_tui.sessions.ids import new_id
from carnice_tui.sessions.secrets import Redactor

_PACE = 1.0
"""Seconds between messages where nothing says when they were."""


@dataclass
class Chat:
    """A conversation as another program kept it.

    `began` is seconds since 1970, None where unknown; `times` are those of the messages,
    as far as they are known.
    """

    messages: list[Message]
    source: str
    title: str = ""
    model: str = ""
    began: float | None = None
    times: list[float] = field(default_factory=list[float])


def import_chat(chat: Chat, folder: Path, redactor: Redactor | None = None) -> Path:
    """Write `chat` as a new session in `folder`.

    Raises:
        SessionError: it cannot be written.
    """
    began = chat.began if chat.began is not None else time.time()
    header = msgspec.structs.replace(
        # Ids are of the present: two imports of one chat are two sessions.
        new_header(new_id(time.time()), began, note=f"imported from {chat.source}"),
        title=chat.title or _title(chat.messages),
        model=chat.model,
    )
    records = records_of(chat, header)
    if redactor is not None:
        records = [one for record in records for one in redactor.take(record)] + redactor.rest()
        if titles := [r.event.title for r in records if isinstance(r.event, TitleChanged)]:
            header = msgspec.structs.replace(header, title=titles[0])
    return write_session(folder, header, records)


def records_of(chat: Chat, header: Header) -> list[Record]:
    """The records that make the same conversation."""
    records = [Record(0.0, TitleChanged(header.title))]
    parent = ""
    t = 0.0
    for number, message in enumerate(chat.messages, 1):
        if number <= len(chat.times):
            t = max(t, chat.times[number - 1] - chat.times[0])
        elif number > 1:
            t += _PACE
        node = f"m{number}"
        opening, *rest = _events(message, chat.model)
        records.append(Record(t, opening, node, parent))
        records += [Record(t, event, node) for event in rest]
        parent = node
    return records


def _events(message: Message, model: str) -> list[Event]:
    match message.role:
        case "system":
            return [SystemMessage(message.content)]
        case "user":
            return [UserMessage(message.content)]
        case "tool":
            return [ToolResult(message.call_id, message.content)]
        case "assistant":
            events: list[Event] = [TurnStarted(model)]
            if message.reasoning:
                events.append(ReasoningDelta(message.reasoning, 0))
            if message.content:
                events.append(AnswerDelta(message.content, 0))
            events += [ToolCall(call.id, call.name, call.arguments) for call in message.calls]
            return [*events, TurnFinished("tool-calls" if message.calls else "stop")]


def _title(messages: list[Message]) -> str:
    for message in messages:
        if message.role == "user" and (words := " ".join(message.content.split())):
            return shortened(words)
    return "Imported chat"
