"""From a chat completion request to a turn."""

from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from carnice_tui.core.messages import Call, Message, Sampling
from carnice_tui.core.requests import Tool, TurnRequest
from carnice_tui.serve.body import converted, is_deeper
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import bad_request
from carnice_tui.serve.fields import refuse_unkept
from carnice_tui.serve.thinking import thinking_of

SEEDS = 2**63
"""Seeds are taken modulo this, so that a negative one is one as well."""

DEEPEST_ARGUMENTS = 64
"""Levels. Deeper arguments go to the model as the text they are."""

LEAST_TOP_P = 1e-6
"""Top-p 0 means the likeliest token alone."""

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


class ResponseFormat(msgspec.Struct):
    """What form the answer has."""

    type: Literal["text", "json_object", "json_schema"]


class StreamOptions(msgspec.Struct):
    """What a stream ends with."""

    include_usage: bool | None = None


class TemplateArguments(msgspec.Struct):
    """Arguments of the chat template that are not the thinking switch."""

    preserve_thinking: bool | None = None


Tokens = Annotated[int, Meta(ge=-1, le=2**31)]


class ChatBody(msgspec.Struct):
    """The honoured fields of a chat completion request, but for the thinking switches."""

    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=-1, le=10_000)] | None = None
    seed: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    stop: (
        Annotated[str, Meta(max_length=256)]
        | Annotated[list[Annotated[str, Meta(max_length=256)]], Meta(max_length=16)]
        | None
    ) = None
    tools: list[ToolSchema] | None = None
    tool_choice: Literal["auto", "none", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    chat_template_kwargs: TemplateArguments | None = None
    user: str | None = None
    safety_identifier: str | None = None


def parse_chat(fields: dict[str, object]) -> ChatBody:
    """The typed body.

    Raises:
        ApiError: a field is of another type, out of range, or not supported.
    """
    refuse_unkept(fields)
    return converted(fields, ChatBody)


def turn_of(body: ChatBody, fields: dict[str, object], config: ServeConfig) -> TurnRequest:
    """The turn that answers `body`, of which `fields` is all that was sent.

    Raises:
        ApiError: it asks for what this server does not do, or for too much of it.
    """
    limits, settings = config.limits, config.settings
    if len(body.messages) > limits.messages:
        raise bad_request(f"More than {limits.messages} messages.", "messages")
    thinking = thinking_of(fields, settings.thinking.mode)
    preserve = body.chat_template_kwargs and body.chat_template_kwargs.preserve_thinking
    return packable(
        TurnRequest(
            messages=messages_of(body.messages),
            tools=_tools(body, limits.tools),
            thinking=thinking,
            thinking_budget=settings.thinking.budget(thinking),
            preserve_thinking=settings.thinking.preserve if preserve is None else preserve,
            sampling=sampling_of(body.temperature, body.top_p, body.top_k, body.seed, config),
            max_tokens=token_limit(body.max_completion_tokens or body.max_tokens, config),
            stop=stops_of(body.stop, config),
            prefill_chunk=settings.generation.prefill_chunk,
        )
    )


def packable(request: TurnRequest) -> TurnRequest:
    """`request`, if the engine's pipe can carry it.

    Raises:
        ApiError: it holds a number that is larger than any that is taken here.
    """
    try:
        msgspec.msgpack.encode(request)
    except (OverflowError, RecursionError, UnicodeEncodeError):
        raise bad_request("A number in tools or tool calls is larger than 64 bits.") from None
    return request


def sampling_of(
    temperature: float | None,
    top_p: float | None,
    top_k: int | None,
    seed: int | None,
    config: ServeConfig,
) -> Sampling:
    """How to draw: what was asked for, else what is set here."""
    usual = config.settings.generation.sampling()
    return Sampling(
        temperature=usual.temperature if temperature is None else temperature,
        top_p=usual.top_p if top_p is None else max(top_p, LEAST_TOP_P),
        top_k=usual.top_k if top_k is None else max(top_k, 0),
        seed=usual.seed if seed is None else seed % SEEDS,
    )


def token_limit(asked: int | None, config: ServeConfig) -> int:
    """The longest answer in tokens; 0 is as far as the window reaches."""
    usual, most = config.settings.generation.max_tokens, config.limits.answer_tokens
    wanted = usual if asked is None else max(asked, 0)
    return min(wanted or most, most) if most else wanted


def stops_of(stop: str | list[str] | None, config: ServeConfig) -> tuple[str, ...]:
    """The texts that end the answer."""
    if stop is None:
        return config.settings.generation.stop
    return tuple(one for one in ([stop] if isinstance(stop, str) else stop) if one)


def messages_of(messages: list[ChatMessage]) -> tuple[Message, ...]:
    """The conversation as the engine reads it.

    System and developer messages at the beginning become one, as templates want it.

    Raises:
        ApiError: a message holds anything but text.
    """
    read: list[Message] = []
    for number, message in enumerate(messages):
        text = _text(message, number)
        match message.role:
            case "system" | "developer":
                if len(read) == 1 and read[0].role == "system":
                    read[0] = Message("system", f"{read[0].content}\n\n{text}")
                else:
                    read.append(Message("system", text))
            case "user":
                read.append(Message("user", text))
            case "assistant":
                thought = message.reasoning_content or message.reasoning or ""
                calls = tuple(_call(call) for call in message.tool_calls or ())
                read.append(Message("assistant", text, reasoning=thought, calls=calls))
            case "tool":
                read.append(Message("tool", text, call_id=message.tool_call_id or ""))
    return tuple(read)


def _text(message: ChatMessage, number: int) -> str:
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    texts: list[str] = []
    for part in message.content:
        if isinstance(part, str):
            texts.append(part)
        elif part.text is not None and part.type in ("text", "input_text", "output_text"):
            texts.append(part.text)
        elif part.refusal is not None:
            texts.append(part.refusal)
        else:
            raise bad_request(
                f"messages[{number}] has a part of type {part.type!r}: this model reads text.",
                f"messages[{number}].content",
                "unsupported_content",
            )
    return "".join(texts)


def _call(call: EarlierCall) -> Call:
    return Call(call.id or "", call.function.name, _arguments(call.function.arguments))


def _arguments(given: str | dict[str, Any] | None) -> dict[str, object]:
    if isinstance(given, dict):
        return given
    if not given or not given.strip():
        return {}
    try:
        parsed: object = msgspec.json.decode(given)
    except (msgspec.DecodeError, RecursionError):
        # What the model once wrote is what it reads again, valid or not.
        return {"arguments": given}
    if not isinstance(parsed, dict) or is_deeper(cast("object", parsed), DEEPEST_ARGUMENTS):
        return {"arguments": given}
    return cast("dict[str, object]", parsed)


def _tools(body: ChatBody, most: int) -> tuple[Tool, ...]:
    if not body.tools or body.tool_choice == "none":
        return ()
    if len(body.tools) > most:
        raise bad_request(f"More than {most} tools.", "tools")
    if body.tool_choice == "required" or isinstance(body.tool_choice, ToolChoice):
        raise bad_request(
            "tool_choice can be auto or none: the model decides whether it calls.", "tool_choice"
        )
    return tuple(_tool(tool.function, number) for number, tool in enumerate(body.tools))


def _tool(function: FunctionSchema, number: int) -> Tool:
    parameters = function.parameters or {"type": "object", "properties": {}}
    properties = parameters.get("properties", {})
    required = parameters.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        raise bad_request(
            f"tools[{number}].function.parameters is no JSON schema of an object.",
            f"tools[{number}].function.parameters",
        )
    return Tool(function.name, function.description or "", parameters)
