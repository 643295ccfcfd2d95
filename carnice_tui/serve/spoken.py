"""What a turn has said, for whichever API tells it; broken calls and failures included."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    Notice,
    ReasoningDelta,
    TokenLogprob,
    ToolCall,
    ToolCallBroken,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.requests import Tool
from carnice_tui.engine.worker.toolcalls import BrokenCall, parse
from carnice_tui.serve.errors import bad_request, overflow, unavailable

_NAME = re.compile(r"(?:<function[=\s]\s*|\"name\"\s*:\s*)[\"']?([\w.\-]{1,64})")
"""The name in a call that cannot be read."""

UNREADABLE = "unreadable_call"
"""What a call that cannot be read is called, and the argument that holds its text."""


class CallText(msgspec.Struct, frozen=True):
    """A tool call as the API tells it: `arguments` is a JSON object in a string, always. Agents
    take anything else for an answer that was cut off, ask four times more, and give up."""

    id: str
    name: str
    arguments: str


Said = ReasoningDelta | AnswerDelta | CallText | TurnFinished


@dataclass
class Spoken:
    """Takes the events of one turn, keeps what was said, and gives on what a client hears.

    Where a call is `forced`, the answer is held back: it is the call, as JSON. `tools` are those
    the model was offered.
    """

    forced: bool = False
    tools: Sequence[Tool] = ()
    reasoning: list[str] = field(default_factory=list[str])
    answer: list[str] = field(default_factory=list[str])
    calls: list[CallText] = field(default_factory=list[CallText])
    logprobs: list[TokenLogprob] = field(default_factory=list[TokenLogprob])
    finished: TurnFinished | None = None
    _problem: str = ""
    _failed: str = ""
    _cut: list[ToolCallBroken] = field(default_factory=list[ToolCallBroken])

    def take(self, event: Event) -> list[Said]:
        """What a client hears of `event`.

        Raises:
            ApiError: the turn failed, or the conversation does not fit.
        """
        match event:
            case ReasoningDelta(text=text):
                self.reasoning.append(text)
                return [event]
            case AnswerDelta(text=text):
                self.answer.append(text)
                self.logprobs += event.logprobs
                return [] if self.forced else [event]
            case ToolCall(id=name):
                arguments = msgspec.json.encode(event.arguments).decode()
                return [self._called(CallText(name, event.name, arguments))]
            case ToolCallBroken():
                # Told at the end, when it is known whether it was only cut off.
                self._cut.append(event)
            case Notice(level="error", text=text):
                self._problem = text
            case EngineFailed(message=message):
                self._failed = message
            case TurnFinished():
                return self._finish(event)
            case _:
                pass
        return []

    @property
    def stats(self) -> TurnStats:
        """The figures of the turn, once it has finished."""
        return self.finished.stats if self.finished else TurnStats()

    @property
    def finish_reason(self) -> str:
        """OpenAI's word for why it ended."""
        reason = self.finished.reason if self.finished else "stop"
        if reason in ("length", "context-full"):
            return "length"
        return "tool_calls" if self.calls else "stop"

    def _finish(self, event: TurnFinished) -> list[Said]:
        stats = event.stats
        if event.reason == "failed":
            if self._failed or not self._problem:
                raise unavailable(self._failed or "The engine failed.")
            raise bad_request(self._problem, param="messages")
        if event.reason == "cancelled" and not self.calls:
            # Only a server that is going down cancels a turn somebody still listens to, but for
            # one that has made its one call.
            raise unavailable("The server is shutting down.", "shutting_down")
        if event.reason == "context-full" and not stats.answer_tokens + stats.reasoning_tokens:
            raise overflow(stats.context_window, stats.prompt_tokens)
        self.finished = event
        if self.forced and not self.calls and (written := "".join(self.answer)):
            self.answer.clear()
            return [self._called(forced_call(written)), event]
        if event.reason not in ("stop", "tool-calls"):
            return [event]
        return [*(self._called(readable(broken, self.tools)) for broken in self._cut), event]

    def _called(self, call: CallText) -> CallText:
        self.calls.append(call)
        return call


def readable(broken: ToolCallBroken, tools: Sequence[Tool]) -> CallText:
    """A call for the client to answer with its own error: the model reads that and tries again.

    Left in the text it would be stripped by agents as an empty answer.
    """
    try:
        name, arguments = parse(broken.text)
    except BrokenCall:
        found = _NAME.search(broken.text)
        return _unreadable(found[1] if found else "", broken.text, broken.problem, tools)
    return CallText(_identity(), name, msgspec.json.encode(arguments).decode())


def forced_call(written: str) -> CallText:
    """The call that an answer held to the schema of calls is."""
    try:
        call = msgspec.json.decode(written, type=_ForcedCall)
    except msgspec.DecodeError:  # ended by a stop text or a full window
        return _unreadable("", written, "the call was cut off before its end", ())
    return CallText(_identity(), call.name, msgspec.json.encode(call.arguments).decode())


def _unreadable(name: str, text: str, problem: str, tools: Sequence[Tool]) -> CallText:
    """A call that fails at the client: of a tool that then misses what it requires, or, where
    it requires nothing and might run all the same, of none that there is."""
    asks = any(tool.name == name and tool.parameters.get("required") for tool in tools)
    arguments = {UNREADABLE: text.strip(), "problem": problem}
    return CallText(
        _identity(), name if asks else UNREADABLE, msgspec.json.encode(arguments).decode()
    )


def _identity() -> str:
    return f"call_{uuid.uuid4().hex[:16]}"


class _ForcedCall(msgspec.Struct):
    name: str
    arguments: dict[str, object]
