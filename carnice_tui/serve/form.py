"""How a turn is told to a client: as a stream of events, or as one JSON object at the end."""

from typing import Protocol

import msgspec

from carnice_tui.core.events import TurnStats
from carnice_tui.serve.errors import ApiError
from carnice_tui.serve.spoken import Said, Spoken


class StreamForm(Protocol):
    """An API's way of streaming a turn; everything is server-sent events, ready to write."""

    def opening(self) -> bytes:
        """What comes first."""
        ...

    def told(self, said: Said) -> bytes:
        """What one event adds; empty where it adds nothing."""
        ...

    def keepalive(self) -> bytes:
        """An event without content, for clients that take silence for death."""
        ...

    def closing(self, spoken: Spoken) -> bytes:
        """What comes last, after a whole turn."""
        ...

    def failure(self, error: ApiError) -> bytes:
        """What comes last where the turn broke off."""
        ...


class WholeForm(Protocol):
    """An API's way of telling a finished turn."""

    def body(self, spoken: Spoken) -> bytes:
        """The response as JSON."""
        ...


def event(value: object, name: str = "") -> bytes:
    """One server-sent event; JSON never holds a bare newline."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + msgspec.json.encode(value) + b"\n\n"


DONE = b"data: [DONE]\n\n"
"""The end of a chat completion stream."""


class PromptDetails(msgspec.Struct, frozen=True):
    """How much of the prompt had been read before."""

    cached_tokens: int = 0


class CompletionDetails(msgspec.Struct, frozen=True):
    """How much of the answer was thinking."""

    reasoning_tokens: int = 0


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one request."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails


def usage_of(stats: TurnStats) -> Usage:
    """OpenAI's usage from the figures of a turn."""
    completion = stats.reasoning_tokens + stats.answer_tokens
    return Usage(
        prompt_tokens=stats.prompt_tokens,
        completion_tokens=completion,
        total_tokens=stats.prompt_tokens + completion,
        prompt_tokens_details=PromptDetails(stats.cached_tokens),
        completion_tokens_details=CompletionDetails(stats.reasoning_tokens),
    )
