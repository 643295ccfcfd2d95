"""What an engine is asked with."""

import msgspec

from carnice_tui.core.messages import Message, Sampling, ThinkingMode


class Tool(msgspec.Struct, frozen=True):
    """A tool the model may call: `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, object]


class Guide(msgspec.Struct, frozen=True, omit_defaults=True, tag="lines"):
    """What an answer may be; decoding is held to it token by token.

    With `options` the answer is exactly one of these strings. Otherwise it is one line for
    each prefix in `lines` (prefix, space, text), each of at most `max_line_tokens`, or, where
    `alternative` is set, that string alone. Thinking, if on, comes first and is free.
    """

    lines: tuple[str, ...] = ("BUG:", "FIX:")
    alternative: str = ""
    options: tuple[str, ...] = ()
    max_line_tokens: int = 160


class JsonGuide(msgspec.Struct, frozen=True, omit_defaults=True, tag="json"):
    """The answer is one JSON value that satisfies `schema`, a JSON schema.

    What decoding cannot be held to is refused before anything is read
    (`engine.schema.schema_problem` says so beforehand). Thinking, if on, comes first and is
    free; with tools the model may call one instead, unless `or_call` is off. At `max_tokens`
    the value is closed in as few tokens as it takes, and the turn ends with "length": what
    was said still parses.
    """

    schema: dict[str, object]
    or_call: bool = True


AnyGuide = Guide | JsonGuide
"""The forms an answer can be held to."""

MOST_ALTERNATIVES = 20
"""Of each token's likeliest alternatives; what chat-completion clients may ask for."""


class TurnRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn: the conversation so far and how to answer it.

    `thinking_budget` is in tokens (None: no limit) and applies unless `thinking` is off;
    `max_tokens` counts reasoning and answer together (0: as the model's own configuration
    says, or else as far as the window reaches);
    `stop` strings end the answer and are left out of it; `prefill_chunk` is in tokens and
    is also the grain of progress and of cancelling. With `resume` the last assistant
    message is continued rather than a new one opened. With a `guide` the answer keeps that
    form, whatever `max_tokens` and `stop` say. With `text` the prompt is that text as it
    stands (no messages, no template) and all that follows is answer, tags and all. With
    `logprobs` each `AnswerDelta` says how probable its tokens were, and that many
    alternatives of each (0 to `MOST_ALTERNATIVES`); what a `Guide` holds to lines says it in
    its `GuideScore` instead.
    """

    messages: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()
    thinking: ThinkingMode = "off"
    thinking_budget: int | None = None
    preserve_thinking: bool = True
    sampling: Sampling = Sampling()
    max_tokens: int = 0
    stop: tuple[str, ...] = ()
    prefill_chunk: int = 512
    resume: bool = False
    guide: AnyGuide | None = None
    text: str | None = None
    logprobs: int | None = None
