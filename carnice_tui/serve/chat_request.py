"""From a chat completion request to a turn."""

from typing import Any, cast

import msgspec

from carnice_tui.core.messages import Call, Message, Sampling
from carnice_tui.core.nesting import is_deeper
from carnice_tui.core.requests import JsonGuide, Tool, TurnRequest
from carnice_tui.serve.body import converted
from carnice_tui.serve.chat_body import (
    ChatBody,
    ChatMessage,
    EarlierCall,
    FunctionSchema,
    ResponseFormat,
    SamplingBody,
    ToolChoice,
)
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
    tools = tools_of(body, limits.tools)
    if body.continue_final_message:
        _check_unfinished(body)
    return packable(
        TurnRequest(
            messages=_with_system(messages_of(body.messages), settings.system),
            tools=tools,
            thinking=thinking,
            thinking_budget=settings.thinking.budget(thinking),
            preserve_thinking=settings.thinking.preserve if preserve is None else preserve,
            sampling=sampling_of(body, config),
            max_tokens=token_limit(_most_tokens(body), config),
            stop=stops_of(body.stop, config),
            prefill_chunk=settings.generation.prefill_chunk,
            guide=call_guide(tools) if must_call(body) else _guide(body.response_format),
            logprobs=_alternatives(body),
            resume=bool(body.continue_final_message),
        )
    )


def _check_unfinished(body: ChatBody) -> None:
    """Whether there is an answer to go on with, and nothing that would want another one."""
    last, form = body.messages[-1], body.response_format
    if last.role != "assistant" or last.tool_calls:
        problem = "needs an answer of the assistant, without tool calls, as the last message"
    elif must_call(body) or (form is not None and form.type != "text"):
        problem = "and a form that the answer must have exclude each other"
    else:
        return
    raise bad_request(f"continue_final_message {problem}.", "continue_final_message")


def _alternatives(body: ChatBody) -> int | None:
    if body.logprobs:
        return body.top_logprobs or 0
    if body.top_logprobs:
        raise bad_request("top_logprobs needs logprobs: true.", "top_logprobs")
    return None


def _guide(form: ResponseFormat | None) -> JsonGuide | None:
    if form is None or form.type == "text":
        return None
    if form.type == "json_object":
        return JsonGuide({"type": "object"})
    if form.json_schema is None:
        raise bad_request("response_format: json_schema is missing.", "response_format")
    return JsonGuide(form.json_schema.schema)


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


def sampling_of(body: SamplingBody, config: ServeConfig) -> Sampling:
    """How to draw: what was asked for, else what is set here, else the model's own."""
    usual = config.settings.generation.sampling()
    return Sampling(
        temperature=usual.temperature if body.temperature is None else body.temperature,
        top_p=usual.top_p if body.top_p is None else max(body.top_p, LEAST_TOP_P),
        top_k=usual.top_k if body.top_k is None else max(body.top_k, 0),
        seed=usual.seed if body.seed is None else body.seed % SEEDS,
    )


def _most_tokens(body: ChatBody) -> int | None:
    newer = body.max_completion_tokens
    return body.max_tokens if newer is None else newer


def token_limit(asked: int | None, config: ServeConfig) -> int:
    """The longest answer in tokens; 0 is as far as the window reaches.

    Raises:
        ApiError: an answer of no tokens is asked for.
    """
    if asked == 0:
        raise bad_request(
            "An answer has at least 1 token; -1 is as far as the window reaches.", "max_tokens"
        )
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


def _with_system(messages: tuple[Message, ...], usual: str) -> tuple[Message, ...]:
    """`messages`, with the system prompt of this server where they bring none."""
    if not usual or messages[0].role == "system":
        return messages
    return (Message("system", usual), *messages)


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


def must_call(body: ChatBody) -> bool:
    """Whether the answer has to be a tool call."""
    return bool(body.tools) and body.tool_choice not in (None, "auto", "none")


def tools_of(body: ChatBody, most: int) -> tuple[Tool, ...]:
    """The tools the model may call: a chosen one alone, none where none is to be called.

    Raises:
        ApiError: there are too many, the chosen one is not among them, or one is no function.
    """
    choice = body.tool_choice
    if not body.tools and choice not in (None, "auto", "none"):
        raise bad_request("tool_choice needs tools.", "tool_choice")
    if not body.tools or choice == "none":
        return ()
    if len(body.tools) > most:
        raise bad_request(f"More than {most} tools.", "tools")
    tools = tuple(_tool(tool.function, number) for number, tool in enumerate(body.tools))
    if not isinstance(choice, ToolChoice):
        return tools
    chosen = tuple(tool for tool in tools if tool.name == choice.function.name)
    if not chosen:
        raise bad_request("tool_choice names no tool of this request.", "tool_choice")
    return chosen[:1]


def call_guide(tools: tuple[Tool, ...]) -> JsonGuide:
    """The form of an answer that is a call of one of `tools`."""
    calls: list[dict[str, object]] = [
        {
            "type": "object",
            "properties": {
                "name": {"const": tool.name},
                # A name of its own, so that `#/$defs/…` in it means what it meant to the client.
                "arguments": {"$id": f"urn:tool:{number}", **tool.parameters},
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for number, tool in enumerate(tools)
    ]
    # A call in the model's own form could be of any tool it remembers, offered or not.
    return JsonGuide(calls[0] if len(calls) == 1 else {"anyOf": calls}, or_call=False)


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
