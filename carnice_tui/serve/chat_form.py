"""A turn as chat completion chunks, or as one chat completion.

Reasoning goes under both names that clients look for: `reasoning_content` and `reasoning`.
"""

import time
import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec

from carnice_tui.core.events import AnswerDelta, ReasoningDelta, TokenLogprob
from carnice_tui.serve.errors import ApiError, ErrorBody
from carnice_tui.serve.form import DONE, Usage, event, usage_of
from carnice_tui.serve.spoken import CallText, Said, Spoken


class FunctionText(msgspec.Struct, frozen=True):
    """What is called; `arguments` is JSON in a string."""

    name: str
    arguments: str


class ToolCall(msgspec.Struct, frozen=True):
    """One call of an answer."""

    id: str
    function: FunctionText
    type: str = "function"


class ToolCallDelta(msgspec.Struct, frozen=True):
    """One call in a stream: whole, since it is parsed."""

    index: int
    id: str
    function: FunctionText
    type: str = "function"


class Delta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a chunk adds."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCallDelta] | None = None


class TopLogprob(msgspec.Struct, frozen=True):
    """A token that might have stood there; nats."""

    token: str
    logprob: float
    bytes: list[int]


class TokenScore(msgspec.Struct, frozen=True):
    """How probable one token was; `bytes`, since a token may hold part of a character."""

    token: str
    logprob: float
    bytes: list[int]
    top_logprobs: list[TopLogprob]


class Logprobs(msgspec.Struct, frozen=True):
    """The tokens of an answer, in order."""

    content: list[TokenScore]
    refusal: None = None


class ChunkChoice(msgspec.Struct, frozen=True):
    """The one choice of a chunk."""

    index: int
    delta: Delta
    logprobs: Logprobs | None = None
    finish_reason: str | None = None


class Chunk(msgspec.Struct, frozen=True):
    """One event of a stream."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None


class AnswerMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The assistant's message."""

    role: Literal["assistant"]
    content: str | None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct, frozen=True):
    """The one choice of an answer."""

    index: int
    message: AnswerMessage
    logprobs: Logprobs | None
    finish_reason: str


class Completion(msgspec.Struct, frozen=True):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class ChatStream:
    """Streams one turn."""

    def __init__(self, model: str, *, include_usage: bool) -> None:
        self._id = new_id()
        self._created = int(time.time())
        self._model = model
        self._include_usage = include_usage
        self._calls = 0

    def opening(self) -> bytes:
        """See `StreamForm`."""
        return self._chunk(Delta(role="assistant", content=""))

    def told(self, said: Said) -> bytes:
        """See `StreamForm`."""
        match said:
            case ReasoningDelta(text=text):
                return self._chunk(Delta(reasoning_content=text, reasoning=text))
            case AnswerDelta(text=text):
                choice = ChunkChoice(0, Delta(content=text), logprobs_of(said.logprobs))
                return self._event([choice])
            case CallText():
                function = FunctionText(said.name, said.arguments)
                call = ToolCallDelta(self._calls, said.id, function)
                self._calls += 1
                return self._chunk(Delta(tool_calls=[call]))
            case _:
                return b""

    def keepalive(self) -> bytes:
        """See `StreamForm`. Agents count empty deltas as signs of life, and comments not."""
        return self._chunk(Delta())

    def closing(self, spoken: Spoken) -> bytes:
        """See `StreamForm`."""
        last = self._chunk(Delta(), spoken.finish_reason)
        if self._include_usage:
            usage = usage_of(spoken.stats)
            last += self._event([], usage)
        return last + DONE

    def failure(self, error: ApiError) -> bytes:
        """See `StreamForm`."""
        return event(ErrorBody(error.detail)) + DONE

    def _chunk(self, delta: Delta, finish_reason: str | None = None) -> bytes:
        return self._event([ChunkChoice(0, delta, None, finish_reason)])

    def _event(self, choices: list[ChunkChoice], usage: Usage | None = None) -> bytes:
        kind = "chat.completion.chunk"
        return event(Chunk(self._id, kind, self._created, self._model, choices, usage))


class ChatWhole:
    """Tells one turn when it is over."""

    def __init__(self, model: str) -> None:
        self._model = model

    def body(self, spoken: Spoken) -> bytes:
        """See `WholeForm`."""
        calls = [ToolCall(c.id, FunctionText(c.name, c.arguments)) for c in spoken.calls]
        reasoning = "".join(spoken.reasoning) or None
        content = "".join(spoken.answer)
        message = AnswerMessage(
            role="assistant",
            content=content if content or not calls else None,
            reasoning_content=reasoning,
            reasoning=reasoning,
            tool_calls=calls or None,
        )
        return msgspec.json.encode(
            Completion(
                id=new_id(),
                object="chat.completion",
                created=int(time.time()),
                model=self._model,
                choices=[Choice(0, message, logprobs_of(spoken.logprobs), spoken.finish_reason)],
                usage=usage_of(spoken.stats),
            )
        )


def logprobs_of(tokens: Sequence[TokenLogprob]) -> Logprobs | None:
    """OpenAI's form of them; None where none were asked for."""
    if not tokens:
        return None
    return Logprobs(
        [
            TokenScore(
                text_of(token.piece),
                token.logprob,
                list(token.piece),
                [TopLogprob(text_of(t.piece), t.logprob, list(t.piece)) for t in token.top],
            )
            for token in tokens
        ]
    )


def text_of(piece: bytes) -> str:
    """A token's bytes as text, as far as they are any."""
    return piece.decode("utf-8", "replace")


def new_id() -> str:
    """An id for one answer."""
    return f"chatcmpl-{uuid.uuid4().hex}"
