"""What an engine is asked with."""

import msgspec

from carnice_tui.core.messages import Message, Sampling, ThinkingMode


class Tool(msgspec.Struct, frozen=True):
    """A tool the model may call: `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, object]


class Guide(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an answer may be; decoding is held to it token by token.

    With `options` the answer is exactly one of these strings. Otherwise it is one line for
    each prefix in `lines` (prefix, space, text), each of at most `max_line_tokens`, or, where
    `alternative` is set, that string alone. Thinking, if on, comes first and is free.
    """

    lines: tuple[str, ...] = ("BUG:", "FIX:")
    alternative: str = ""
    options: tuple[str, ...] = ()
    max_line_tokens: int = 160


class TurnRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn: the conversation so far and how to answer it.

    `thinking_budget` is in tokens (None: no limit) and applies unless `thinking` is off;
    `max_tokens` counts reasoning and answer together (0: as far as the window reaches);
    `stop` strings end the answer and are left out of it; `prefill_chunk` is in tokens and
    is also the grain of progress and of cancelling. With `resume` the last assistant
    message is continued rather than a new one opened. With a `guide` the answer keeps that
    form, whatever `max_tokens` and `stop` say.
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    thinking: ThinkingMode = "off"
    thinking_budget: int | None = None
    preserve_thinking: bool = True
    sampling: Sampling = Sampling()
    max_tokens: int = 0
    stop: tuple[str, ...] = ()
    prefill_chunk: int = 512
    resume: bool = False
    guide: Guide | None = None
