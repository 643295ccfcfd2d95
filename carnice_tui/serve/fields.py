"""What becomes of each field of a chat completion request: the table that the server obeys, the
documentation prints and the tests go through.

A field is honoured, or ignored because the answer would be the same without it, or refused,
because the answer would not be what was asked for.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import NamedTuple

import msgspec

from carnice_tui.serve.errors import bad_request


class Treatment(Enum):
    """What the server does with a field."""

    HONOURED = "honoured"
    IGNORED = "ignored"
    REFUSED = "refused"


class Field(NamedTuple):
    """One field: `example` is a value a client may send; `harmless` are the values that a
    refused field may have, since they ask for nothing."""

    name: str
    treatment: Treatment
    note: str
    example: object
    harmless: tuple[object, ...] = ()


_H, _I, _R = Treatment.HONOURED, Treatment.IGNORED, Treatment.REFUSED
_TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}

CHAT_FIELDS = (
    Field("messages", _H, "text only; images and audio are refused", [
        {"role": "user", "content": "hello"}]),
    Field("model", _H, "any name is the one model that is loaded", "gpt-5"),
    Field("stream", _H, "server-sent events", True),
    Field("stream_options", _H, "`include_usage`", {"include_usage": True}),
    Field("max_tokens", _H, "thinking and answer together; no more than the window holds", 8),
    Field("max_completion_tokens", _H, "the same; wins over `max_tokens`", 8),
    Field("temperature", _H, "0 to 2; 0 is greedy", 0),
    Field("top_p", _H, "0 to 1", 0.9),
    Field("top_k", _H, "not OpenAI's; 0 or -1 is all", 20),
    Field("seed", _H, "the same seed gives the same answer", 7),
    Field("stop", _H, "one text or up to 16", ["\n\n"]),
    Field("tools", _H, "functions; calls come back parsed", [_TOOL]),
    Field("tool_choice", _H, "`auto`, `none`, `required` or one function", "auto"),
    Field("parallel_tool_calls", _H, "`false` ends the answer after one call", False),
    Field("response_format", _H, "`text`, `json_object`, `json_schema`: the answer is held to the "
          "schema while it is drawn; a schema that cannot be kept is refused",
          {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}),
    Field("logprobs", _H, "of the answer's tokens, before temperature", True),
    Field("top_logprobs", _H, "0 to 20", 2),
    Field("reasoning_effort", _H, "`none`, or a budget: `low`, `medium`, `high`", "none"),
    Field("reasoning", _H, "`{effort}` or `{enabled}`", {"effort": "low"}),
    Field("think", _H, "Ollama's switch", False),
    Field("enable_thinking", _H, "Qwen's switch", False),
    Field("chat_template_kwargs", _H, "`enable_thinking` (wins over all other switches) and "
          "`preserve_thinking`; the rest is ignored", {"enable_thinking": False}),
    Field("continue_final_message", _H, "vLLM's: the answer goes on in the middle of the last "
          "message, which is the assistant's; one that was still thinking thinks on", True),
    Field("add_generation_prompt", _I, "`continue_final_message` says it", False),
    Field("user", _I, "names whose turn it is in the line; the answer is the same", "you"),
    Field("safety_identifier", _I, "likewise", "you"),
    Field("prompt_cache_key", _I, "the cache finds its prefixes by itself", "agent"),
    Field("prompt_cache_retention", _I, "prefixes are kept by their size", "24h"),
    Field("metadata", _I, "nothing is stored", {"run": "1"}),
    Field("store", _I, "nothing is stored", False),
    Field("service_tier", _I, "there is one", "auto"),
    Field("verbosity", _I, "the model has no such switch", "low"),
    Field("prediction", _I, "only ever a matter of speed", {"type": "content", "content": "x"}),
    Field("n", _R, "one answer a request", 2, (1,)),
    Field("presence_penalty", _R, "the sampler has none", 0.5, (0,)),
    Field("frequency_penalty", _R, "the sampler has none", 0.5, (0,)),
    Field("repetition_penalty", _R, "the sampler has none", 1.1, (1, 0)),
    Field("min_p", _R, "the sampler has none", 0.1, (0,)),
    Field("logit_bias", _R, "the sampler has none", {"50256": -100}, ({},)),
    Field("modalities", _R, "text only", ["text", "audio"], (["text"],)),
    Field("audio", _R, "text only", {"voice": "alloy", "format": "mp3"}),
    Field("web_search_options", _R, "the server runs no tools", {}),
    Field("functions", _R, "deprecated: send `tools`", [{"name": "look"}], ([],)),
    Field("function_call", _R, "deprecated: send `tool_choice`", {"name": "look"}, ("auto",
          "none")),
    Field("adapters", _R, "no request names an adapter", "some/adapter"),
    Field("adapter", _R, "no request names an adapter", "some/adapter"),
    Field("draft_model", _R, "no request names a model folder", "some/model"),
)  # fmt: skip
"""In the order of the documentation. Any other field is ignored."""

REFUSED = {field.name: field for field in CHAT_FIELDS if field.treatment is Treatment.REFUSED}
HONOURED = frozenset(f.name for f in CHAT_FIELDS if f.treatment is Treatment.HONOURED)


def refuse_unkept(body: Mapping[str, object]) -> None:
    """Turn down what would not be done.

    Raises:
        ApiError: a field asks for what this server does not do.
    """
    for name, value in body.items():
        field = REFUSED.get(name)
        if field is None or value is None or _is_harmless(value, field):
            continue
        raise bad_request(
            f"{name} is not supported by this server: {field.note}.", name, "unsupported_parameter"
        )


def ignored(body: Mapping[str, object], honoured: Collection[str] = HONOURED) -> list[str]:
    """Names of fields that change nothing, for the response to say so; `honoured` are those that
    the API asked knows."""
    return [
        name
        for name, value in body.items()
        if value is not None and name not in honoured and name not in REFUSED
    ]


def table() -> str:
    """The table in Markdown, as the documentation has it."""
    rows = "".join(
        f"| `{field.name}` | {field.treatment.value} | {field.note}{_except(field)} |\n"
        for field in CHAT_FIELDS
    )
    return f"| field | | |\n| --- | --- | --- |\n{rows}"


def _except(field: Field) -> str:
    values = ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in field.harmless)
    return f" ({values} is taken)" if values else ""


def _is_harmless(value: object, field: Field) -> bool:
    # `True == 1` in Python, and is not in JSON.
    return any(
        value == one and isinstance(value, bool) == isinstance(one, bool) for one in field.harmless
    )
