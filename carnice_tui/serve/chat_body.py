"""The honoured fields of a chat completion request, as types: what does not fit is refused."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from carnice_tui.core.requests import MOST_ALTERNATIVES

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:\-]{1,128}$")]


class Part(msgspec.Struct):
    """A piece of a message; only text is taken."""

    type: str = "text"
    text: str | None = None
    refusal: str | None = None


class FunctionText(msgspec.Struct):
    """The function in an earlier call; `arguments` is JSON in a string."""

    name: str
    arguments: str | dict[str, Any] | None = None


class EarlierCall(msgspec.Struct):
    """A tool call that the model made before."""

    function: FunctionText
    id: str | None = None


class ChatMessage(msgspec.Struct):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part | str] | None = None
    tool_calls: list[EarlierCall] | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class FunctionSchema(msgspec.Struct):
    """A function the model may call."""

    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ToolSchema(msgspec.Struct):
    """A tool; functions are the only kind."""

    function: FunctionSchema
    type: Literal["function"] = "function"


class NamedFunction(msgspec.Struct):
    """Which function must be called."""

    name: str


class ToolChoice(msgspec.Struct):
    """One particular tool."""

    function: NamedFunction
    type: Literal["function"] = "function"


class NamedSchema(msgspec.Struct):
    """A JSON schema; `schema` is what counts."""

    schema: dict[str, Any]


class ResponseFormat(msgspec.Struct):
    """What form the answer has."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None


class StreamOptions(msgspec.Struct):
    """What a stream ends with."""

    include_usage: bool | None = None


class TemplateArguments(msgspec.Struct):
    """Arguments of the chat template that are not the thinking switch."""

    preserve_thinking: bool | None = None


Stop = Annotated[str, Meta(max_length=256)]
Tokens = Annotated[int, Meta(ge=-1, le=2**31)]


class SamplingBody(msgspec.Struct, kw_only=True):
    """How to draw, the same in every API."""

    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=-1, le=10_000)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    stop: str | Annotated[list[Stop], Meta(max_length=16)] | None = None


class ChatBody(SamplingBody, kw_only=True):
    """The honoured fields of a chat completion request, but for the thinking switches."""

    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    tools: list[ToolSchema] | None = None
    tool_choice: Literal["auto", "none", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=MOST_ALTERNATIVES)] | None = None
    response_format: ResponseFormat | None = None
    chat_template_kwargs: TemplateArguments | None = None
    continue_final_message: bool | None = None
    user: str | None = None
    safety_identifier: str | None = None
