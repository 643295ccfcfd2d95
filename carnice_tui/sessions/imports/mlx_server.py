"""The log of `mlx_lm.server --log-level DEBUG`: requests, and the answers as they came.

A streamed answer is logged token by token, another one whole. Requests that continue the
conversation before them become one chat with it.
"""

import re
from datetime import datetime
from typing import Any, cast

import msgspec

from carnice_tui.core.messages import Message
from carnice_tui.sessions.imports.build import Chat
from carnice_tui.sessions.imports.openai import message_of, messages_of

SOURCE = "a log of mlx_lm.server"

_ENTRY = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) - ([A-Z]+) - ", re.MULTILINE)
_REQUEST, _RESPONSE = "Incoming Request Body: ", "Outgoing Response: "
_STARTS = ("Starting stream:", "Starting completion:")


def looks_like_server_log(data: bytes) -> bool:
    """Whether there is a request of the server's in it."""
    return f" - DEBUG - {_REQUEST}".encode() in data


def read_server_log(data: bytes) -> list[Chat]:
    """The chats of a log, in the order in which they began."""
    chats: list[Chat] = []
    request: dict[str, Any] | None = None
    tokens: list[str] | None = None
    for when, level, text in _entries(data.decode("utf-8", "replace")):
        if level == "DEBUG" and text.startswith(_REQUEST):
            _finish(chats, request, tokens, None)
            request, tokens = _object(text.removeprefix(_REQUEST)), None
            if request is not None:
                request["_began"] = when
        elif level == "DEBUG" and text.startswith(_RESPONSE):
            _finish(chats, request, tokens, _object(text.removeprefix(_RESPONSE)))
            request = tokens = None
        elif level == "DEBUG" and text.strip() in _STARTS:
            tokens = []
        elif level == "DEBUG" and tokens is not None:
            tokens.append(text)
    _finish(chats, request, tokens, None)
    return chats


def _entries(text: str) -> list[tuple[float, str, str]]:
    """Time (seconds since 1970), level and text of each entry; a text may have many lines."""
    found = list(_ENTRY.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (_seconds(match[1]), match[2], text[match.end() : end].removesuffix("\n"))
        for match, end in zip(found, ends, strict=True)
    ]


def _seconds(stamp: str) -> float:
    """The log has the local time of the machine it was written on, taken to be this one; 0 where
    it is no time."""
    try:
        return datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S,%f").timestamp()
    except (ValueError, OverflowError):  # digits in the form of a date need not be one
        return 0.0


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _finish(
    chats: list[Chat],
    request: dict[str, Any] | None,
    tokens: list[str] | None,
    response: dict[str, Any] | None,
) -> None:
    if request is None or not isinstance(request.get("messages"), list):
        return
    messages = messages_of(request["messages"])
    answer = _answered(response) or _streamed("".join(tokens or []))
    if not messages:
        return
    whole = [*messages, *([answer] if answer else [])]
    model = str(request.get("model") or "")
    if chats and _continues(chats[-1].messages, messages):
        chats[-1].messages = _with_reasoning(chats[-1].messages, whole)
    else:
        chats.append(Chat(whole, SOURCE, model=model, began=request["_began"] or None))


def _answered(response: dict[str, Any] | None) -> Message | None:
    choices = (response or {}).get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    first = cast("list[Any]", choices)[0]
    fields = cast("dict[str, Any]", first) if isinstance(first, dict) else {}
    return message_of(fields.get("message"))


def _streamed(text: str) -> Message | None:
    """The answer whose tokens these are; a think block is its reasoning."""
    if not text:
        return None
    before, end, after = text.partition("</think>")
    if not end:
        before, after = "", text
    return Message(
        "assistant", after.lstrip("\n") if end else after, before.removeprefix("<think>").strip()
    )


def _continues(before: list[Message], messages: list[Message]) -> bool:
    spoken = [(m.role, m.content) for m in before]
    return len(messages) > len(spoken) and spoken == [
        (m.role, m.content) for m in messages[: len(spoken)]
    ]


def _with_reasoning(before: list[Message], whole: list[Message]) -> list[Message]:
    """`whole`, with the reasoning of `before` that clients do not send back."""
    return [*before, *whole[len(before) :]]
