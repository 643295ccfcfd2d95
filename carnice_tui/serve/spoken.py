"""What a turn has said, for whichever API tells it; broken calls and failures included."""

import re
import uuid
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
from carnice_tui.engine.worker.toolcalls import BrokenCall, parse
from carnice_tui.serve.errors import bad_request, overflow, unavailable

_NAME = re.compile(r"(?:<function[=\s]\s*|\"name\"\s*:\s*)[\"']?([\w.\-]{1,64})")
"""The name in a call that cannot be read."""


class CallText(msgspec.Struct, frozen=True):
    """A tool call as the API tells it: `arguments` is JSON in a string, or what the model
    wrote instead of it."""

    id: str
    name: str
    arguments: str


Said = ReasoningDelta | AnswerDelta | CallText | TurnFinished


@dataclass
class Spoken:
    """Takes the events of one turn, keeps what was said, and gives on what a client hears.

    Where a call is `forced`, the answer is held back: it is the call, as JSON.
    """

    forced: bool = False
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
        return [*(self._called(readable(broken)) for broken in self._cut), event]

    def _called(self, call: CallText) -> CallText:
        self.calls.append(call)
        return call


def readable(broken: ToolCallBroken) -> CallText:
    """A call for the client to answer with its own error: the model reads that and tries again.

    Left in the text it would be stripped by agents as an empty answer.
    """
    identity = f"call_{uuid.uuid4().hex[:16]}"
    try:
        name, arguments = parse(broken.text)
    except BrokenCall:
        found = _NAME.search(broken.text)
        return CallText(identity, found[1] if found else "unreadable_call", broken.text.strip())
    return CallText(identity, name, msgspec.json.encode(arguments).decode())


def forced_call(written: str) -> CallText:
    """The call that an answer held to the schema of calls is."""
    identity = f"call_{uuid.uuid4().hex[:16]}"
    try:
        call = msgspec.json.decode(written, type=_ForcedCall)
    except msgspec.DecodeError:  # ended by a stop text or a full window
        return CallText(identity, "unreadable_call", written)
    return CallText(identity, call.name, msgspec.json.encode(call.arguments).decode())


class _ForcedCall(msgspec.Struct):
    name: str
    arguments: dict[str, object]
