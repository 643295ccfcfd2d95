"""The chunks of a streamed answer, and what of other servers' additions is understood."""

from typing import Any

import msgspec

from carnice_tui.core.events import Alternative, TokenLogprob
from carnice_tui.engine.remote.calls import CallPart


class Delta(msgspec.Struct):
    """What a chunk adds. Thinking comes as `reasoning` or `reasoning_content`."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[CallPart] | None = None


class LikelyToken(msgspec.Struct):
    """A token and its log-probability; its `spelling` in bytes where it is no whole text."""

    token: str = ""
    logprob: float = 0.0
    spelling: list[int] | None = msgspec.field(name="bytes", default=None)

    def piece(self) -> bytes:
        """Its bytes."""
        if self.spelling is None:
            return self.token.encode("utf-8", "replace")
        return bytes(byte for byte in self.spelling if 0 <= byte < 256)


class ScoredToken(LikelyToken):
    """A token that was drawn, and its alternatives."""

    top_logprobs: list[LikelyToken] | None = None

    def score(self) -> TokenLogprob:
        """As our events tell it."""
        top = tuple(Alternative(one.piece(), one.logprob) for one in self.top_logprobs or ())
        return TokenLogprob(self.piece(), self.logprob, top)


class Logprobs(msgspec.Struct):
    """Log-probabilities of the chunk's tokens."""

    content: list[ScoredToken] | None = None


class Choice(msgspec.Struct):
    """The answer; there is only ever one. `text` is that of a plain completion."""

    delta: Delta | None = None
    message: Delta | None = None
    text: str | None = None
    finish_reason: str | None = None
    logprobs: Any = None

    def scores(self) -> tuple[TokenLogprob, ...]:
        """The log-probabilities in the present form; older forms are left out."""
        try:
            found = msgspec.convert(self.logprobs, Logprobs | None)
        except msgspec.ValidationError:
            return ()
        return tuple(one.score() for one in (found.content if found else None) or ())


class PromptDetails(msgspec.Struct):
    """Of the prompt's tokens."""

    cached_tokens: int | None = None


class CompletionDetails(msgspec.Struct):
    """Of the answer's tokens."""

    reasoning_tokens: int | None = None


class Usage(msgspec.Struct):
    """Tokens, counted by the server."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None


class Chunk(msgspec.Struct):
    """One message of the stream, or a whole answer that was not streamed."""

    choices: list[Choice] | None = None
    usage: Usage | None = None
    error: Any = None


class ModelEntry(msgspec.Struct):
    """A model the server lists; each names its window (tokens) in its own way."""

    id: str
    context_length: int | None = None
    max_model_len: int | None = None
    max_context_length: int | None = None
    meta: dict[str, Any] | None = None
    owned_by: str | None = None

    @property
    def window(self) -> int:
        """Tokens; 0 where the server does not say."""
        said = self.context_length or self.max_model_len or self.max_context_length
        own = (self.meta or {}).get("n_ctx") or (self.meta or {}).get("n_ctx_train")
        return said or (own if isinstance(own, int) else 0)


class ModelList(msgspec.Struct):
    """What the server can answer with."""

    data: list[ModelEntry] = []
