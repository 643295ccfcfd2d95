"""OpenAI's chat messages as JSON, exactly as said; reasoning as `reasoning_content`."""

from collections.abc import Iterator

import msgspec

from carnice_tui.core.messages import Call, Message
from carnice_tui.core.sanitize import is_safe
from carnice_tui.sessions.read import Session


class Function(msgspec.Struct):
    """A function as called: `arguments` is JSON in a string, as the API has it."""

    name: str
    arguments: str = "{}"


class ToolCall(msgspec.Struct):
    """A call in an assistant message."""

    id: str
    function: Function
    type: str = "function"


class ChatMessage(msgspec.Struct, omit_defaults=True):
    """One message of a chat completion request."""

    role: str
    content: str | None
    reasoning_content: str = ""
    tool_calls: list[ToolCall] = []
    tool_call_id: str = ""


class Chat(msgspec.Struct, omit_defaults=True):
    """What is written: the fields of a request, and the title for whoever reads it."""

    model: str
    messages: list[ChatMessage]
    title: str = ""
    created: str = ""
    note: str = ""


def openai(session: Session) -> Iterator[str]:
    """The shown branch as one JSON object."""
    tree = session.tree()
    chat = Chat(
        model=session.header.model,
        messages=[_message(message) for message in tree.messages()],
        title=tree.title or session.header.title,
        created=session.header.created,
        note=session.header.note,
    )
    yield safe_json(chat, indent=2) + "\n"


def safe_json(value: object, indent: int = 0) -> str:
    """JSON in which all that a terminal would obey is written as an escape."""
    data = msgspec.json.encode(value)
    text = (msgspec.json.format(data, indent=indent) if indent else data).decode()
    if is_safe(text):
        return text
    return "".join(char if is_safe(char) else _escape(char) for char in text)


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _message(message: Message) -> ChatMessage:
    return ChatMessage(
        role=message.role,
        content=message.content,
        reasoning_content=message.reasoning,
        tool_calls=[_call(call) for call in message.calls],
        tool_call_id=message.call_id,
    )


def _call(call: Call) -> ToolCall:
    return ToolCall(call.id, Function(call.name, msgspec.json.encode(call.arguments).decode()))
