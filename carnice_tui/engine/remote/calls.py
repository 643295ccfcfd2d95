"""Tool calls that come in pieces: an index, a name, and arguments a few characters at a time."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import msgspec

from carnice_tui.core.events import Event, ToolCall, ToolCallBroken, ToolCallDelta


class FunctionPart(msgspec.Struct):
    """Some of a function: the name once, its arguments piece by piece."""

    name: str | None = None
    arguments: str | dict[str, object] | None = None


class CallPart(msgspec.Struct):
    """A piece of a tool call; some servers leave out the index, some the id."""

    index: int | None = None
    id: str | None = None
    function: FunctionPart | None = None


@dataclass
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


class Calls:
    """Puts the calls of one answer together."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}

    def add(self, part: CallPart) -> Iterator[Event]:
        """One more piece."""
        call = self._calls.setdefault(self._index(part), _Call())
        call.id = call.id or part.id or ""
        if part.function is None:
            return
        if part.function.name and not call.name:
            call.name = part.function.name
            yield ToolCallDelta(f"{call.name} ")
        arguments = part.function.arguments
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        if arguments:
            call.arguments.append(arguments)
            yield ToolCallDelta(arguments)

    def finish(self) -> Iterator[Event]:
        """The whole calls, in their order."""
        taken: set[str] = set()
        for _, call in sorted(self._calls.items()):
            # Results are matched by id, so that two calls may not share one.
            if not call.id or call.id in taken:
                call.id = f"call_{uuid.uuid4().hex[:16]}"
            taken.add(call.id)
            yield _whole(call)

    def _index(self, part: CallPart) -> int:
        if part.index is not None:
            return part.index
        last = max(self._calls, default=-1)
        begins = bool(part.id) or bool(part.function and part.function.name)
        return last + 1 if begins or last < 0 else last


def _whole(call: _Call) -> ToolCall | ToolCallBroken:
    text = "".join(call.arguments)
    try:
        arguments: object = json.loads(text, strict=False) if text.strip() else {}
    except (ValueError, RecursionError) as error:
        return ToolCallBroken(f"{call.name} {text}", f"the arguments are no valid JSON ({error})")
    if not call.name:
        return ToolCallBroken(text, "the call names no function")
    if not isinstance(arguments, dict):
        return ToolCallBroken(f"{call.name} {text}", "the arguments must be a JSON object")
    return ToolCall(call.id, call.name, cast("dict[str, object]", arguments))
