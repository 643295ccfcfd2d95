"""/v1/completions: plain text goes on; no template, no messages, no thinking."""

import time
import uuid
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from carnice_tui.core.events import AnswerDelta, TokenLogprob
from carnice_tui.core.requests import TurnRequest
from carnice_tui.serve.body import converted
from carnice_tui.serve.chat_body import SamplingBody, StreamOptions
from carnice_tui.serve.chat_form import text_of
from carnice_tui.serve.chat_request import sampling_of, stops_of, token_limit
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import ApiError, ErrorBody, bad_request
from carnice_tui.serve.fields import refuse_unkept
from carnice_tui.serve.form import DONE, Usage, event, usage_of
from carnice_tui.serve.spoken import Said, Spoken

MOST_LOGPROBS = 5
"""As the API has it for plain completions."""


class CompletionBody(SamplingBody, kw_only=True):
    """The honoured fields of a request."""

    prompt: str | Annotated[list[str], Meta(min_length=1, max_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Meta(ge=-1, le=2**31)] | None = None
    logprobs: Annotated[int, Meta(ge=0, le=MOST_LOGPROBS)] | None = None
    user: str | None = None


UNKEPT: dict[str, object] = {"suffix": "", "echo": False, "best_of": 1}
"""Fields that are not kept, and the value of each that asks for nothing."""

HONOURED = frozenset((*CompletionBody.__struct_fields__, *UNKEPT))
"""Fields of a request of which the response need not say that they changed nothing."""


class TextLogprobs(msgspec.Struct, frozen=True):
    """How probable the tokens were, in the older form; offsets are characters."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]
    text_offset: list[int]


class TextChoice(msgspec.Struct, frozen=True):
    """The one choice."""

    index: int
    text: str
    logprobs: TextLogprobs | None = None
    finish_reason: str | None = None


class TextCompletion(msgspec.Struct, frozen=True):
    """A whole answer, or a chunk of one."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage | None = None


def parse_completion(fields: dict[str, object]) -> CompletionBody:
    """The typed body.

    Raises:
        ApiError: a field is of another type, out of range, or not supported.
    """
    kept = {name: value for name, value in fields.items() if name != "logprobs"}
    refuse_unkept(kept)
    for name, harmless in UNKEPT.items():
        if fields.get(name) not in (None, harmless):
            raise bad_request(f"{name} is not supported by this server.", name)
    return converted(fields, CompletionBody)


def completion_turn(body: CompletionBody, config: ServeConfig) -> TurnRequest:
    """The turn that goes on after the prompt."""
    return TurnRequest(
        messages=(),
        text=body.prompt if isinstance(body.prompt, str) else body.prompt[0],
        sampling=sampling_of(body, config),
        max_tokens=token_limit(body.max_tokens, config),
        stop=stops_of(body.stop, config),
        prefill_chunk=config.settings.generation.prefill_chunk,
        logprobs=body.logprobs,
    )


class TextForm:
    """Tells a turn as a stream (`StreamForm`) or whole (`WholeForm`)."""

    def __init__(self, model: str, *, include_usage: bool = False) -> None:
        self._id = f"cmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())
        self._model = model
        self._include_usage = include_usage
        self._said = 0

    def opening(self) -> bytes:
        """See `StreamForm`."""
        return b""

    def told(self, said: Said) -> bytes:
        """See `StreamForm`."""
        if not isinstance(said, AnswerDelta):
            return b""
        scores = _logprobs(list(said.logprobs), self._said)
        self._said += len(said.text)
        return event(self._completion([TextChoice(0, said.text, scores)]))

    def keepalive(self) -> bytes:
        """See `StreamForm`."""
        return event(self._completion([TextChoice(0, "")]))

    def closing(self, spoken: Spoken) -> bytes:
        """See `StreamForm`."""
        last = TextChoice(0, "", finish_reason=spoken.finish_reason)
        usage = usage_of(spoken.stats) if self._include_usage else None
        told = event(self._completion([last]))
        return told + (event(self._completion([], usage)) if usage else b"") + DONE

    def failure(self, error: ApiError) -> bytes:
        """See `StreamForm`."""
        return event(ErrorBody(error.detail)) + DONE

    def body(self, spoken: Spoken) -> bytes:
        """See `WholeForm`."""
        text, scores = "".join(spoken.answer), _logprobs(spoken.logprobs, 0)
        choice = TextChoice(0, text, scores, spoken.finish_reason)
        return msgspec.json.encode(self._completion([choice], usage_of(spoken.stats)))

    def _completion(self, choices: list[TextChoice], usage: Usage | None = None) -> TextCompletion:
        kind = "text_completion"
        return TextCompletion(self._id, kind, self._created, self._model, choices, usage)


def _logprobs(tokens: list[TokenLogprob], offset: int) -> TextLogprobs | None:
    if not tokens:
        return None
    texts = [text_of(token.piece) for token in tokens]
    offsets: list[int] = []
    for text in texts:
        offsets.append(offset)
        offset += len(text)
    return TextLogprobs(
        texts,
        [token.logprob for token in tokens],
        [{text_of(one.piece): one.logprob for one in token.top} for token in tokens],
        offsets,
    )
