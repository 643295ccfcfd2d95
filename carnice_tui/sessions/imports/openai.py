"""OpenAI-style messages: one chat, a list of chats, or one a line.

Takes what programs write in practice: content as text or as parts, arguments as JSON in a
string or as an object, reasoning under either name, the older function calls.
"""

import codecs
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec

from carnice_tui.core.messages import Call, Message, Role
from carnice_tui.sessions.imports.build import Chat

SOURCE = "OpenAI-style JSON"

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


def read_openai(data: bytes, note: Callable[[str], None] = lambda _: None) -> list[Chat]:
    """The chats in `data`; none if it is nothing of the kind. What is left out is noted."""
    data = data.removeprefix(codecs.BOM_UTF8)
    unread: list[int] = []
    try:
        values = [msgspec.json.decode(data)]
    except (msgspec.DecodeError, RecursionError):
        values = list(_lines(data, unread))
    chats = [chat for value in values for chat in _chats(value)]
    if chats and unread:
        lines = "1 line is" if len(unread) == 1 else f"{len(unread):,} lines are"
        note(f"{lines} no JSON, from line {unread[0]:,} on, and were left out")
    return chats


def messages_of(items: list[Any]) -> list[Message]:
    """Messages as the API has them; what is none is passed over."""
    return [message for item in items if (message := message_of(item)) is not None]


def message_of(item: object) -> Message | None:
    """One message, or None if it has no role that we know."""
    if not isinstance(item, dict):
        return None
    fields = cast("dict[str, Any]", item)
    role = _ROLES.get(str(fields.get("role")))
    if role is None:
        return None
    reasoning = fields.get("reasoning_content") or fields.get("reasoning") or ""
    calls = [fields["function_call"]] if fields.get("function_call") else []
    listed = fields.get("tool_calls")
    calls += cast("list[Any]", listed) if isinstance(listed, list) else []
    return Message(
        role,
        text_of(fields.get("content")),
        reasoning=reasoning if isinstance(reasoning, str) else "",
        calls=tuple(call_of(call, number) for number, call in enumerate(calls, 1)),
        call_id=str(fields.get("tool_call_id") or fields.get("name") or "")
        if role == "tool"
        else "",
    )


def text_of(content: object) -> str:
    """Text of a message's content; parts that are no text are named in its place."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts: list[str] = []
    for part in cast("list[Any]", content):
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            text = fields.get("text")
            texts.append(text if isinstance(text, str) else f"[{fields.get('type', 'attachment')}]")
    return "\n".join(texts)


def call_of(call: object, number: int) -> Call:
    """A tool call; arguments that are no JSON object are kept under the name `text`."""
    fields = cast("dict[str, Any]", call) if isinstance(call, dict) else {}
    inner = fields.get("function")
    function = cast("dict[str, Any]", inner) if isinstance(inner, dict) else fields
    return Call(
        str(fields.get("id") or f"call-{number}"),
        str(function.get("name") or "unknown"),
        arguments_of(function.get("arguments")),
    )


def arguments_of(arguments: object) -> dict[str, object]:
    """The arguments of a call as an object."""
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments)
        except (msgspec.DecodeError, RecursionError):
            return {"text": arguments}
    if isinstance(arguments, dict):
        return cast("dict[str, object]", arguments)
    return {} if arguments is None else {"text": arguments}


def _chats(value: object) -> Iterator[Chat]:
    if isinstance(value, list):
        items = cast("list[Any]", value)
        messages = messages_of(items)
        if messages:
            yield Chat(messages, SOURCE)
        else:
            for item in items:
                yield from _chats(item)
    elif isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if isinstance(fields.get("messages"), list):
            messages = messages_of(fields["messages"])
            title, model = fields.get("title"), fields.get("model")
            if messages:
                yield Chat(messages, SOURCE, _text(title), _text(model))


def _lines(data: bytes, unread: list[int]) -> Iterator[Any]:
    """The values of JSON lines; the numbers of lines that are none are added to `unread`."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                yield msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                unread.append(number)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
