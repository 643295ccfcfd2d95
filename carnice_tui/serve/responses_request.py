"""From a request to /v1/responses to the chat completion it means."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from carnice_tui.serve.body import converted
from carnice_tui.serve.chat_body import (
    ChatBody,
    ChatMessage,
    EarlierCall,
    FunctionSchema,
    FunctionText,
    NamedFunction,
    NamedSchema,
    Part,
    ResponseFormat,
    SamplingBody,
    TemplateArguments,
    Tokens,
    ToolChoice,
    ToolSchema,
)
from carnice_tui.serve.errors import bad_request
from carnice_tui.serve.thinking import SWITCHES

UNKEPT = ("previous_response_id", "conversation", "prompt", "background", "max_tool_calls")
"""Fields that need what this server does not have: it stores nothing and runs no tools."""


class Item(msgspec.Struct):
    """One item of the input: a message, a call, a call's output, or earlier reasoning."""

    type: Literal["message", "function_call", "function_call_output", "reasoning"] = "message"
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: str | list[Part | str] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | list[Part | str] | None = None
    summary: list[Part] | None = None


class FlatTool(msgspec.Struct):
    """A function, in this API's flat form."""

    name: str
    type: Literal["function"] = "function"
    description: str | None = None
    parameters: dict[str, Any] | None = None


class FlatChoice(msgspec.Struct):
    """One particular tool."""

    name: str
    type: Literal["function"] = "function"


class TextFormat(msgspec.Struct):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    schema: dict[str, Any] | None = None


class TextOptions(msgspec.Struct):
    """What holds of the answer's text."""

    format: TextFormat | None = None


class ResponsesBody(SamplingBody, kw_only=True):
    """The honoured fields, but for the thinking switches."""

    input: str | Annotated[list[Item], Meta(min_length=1)]
    instructions: str | None = None
    model: str | None = None
    stream: bool | None = None
    max_output_tokens: Tokens | None = None
    tools: list[FlatTool] | None = None
    tool_choice: Literal["auto", "none", "required"] | FlatChoice | None = None
    parallel_tool_calls: bool | None = None
    text: TextOptions | None = None
    user: str | None = None
    safety_identifier: str | None = None
    chat_template_kwargs: TemplateArguments | None = None


HONOURED = frozenset((*ResponsesBody.__struct_fields__, *SWITCHES, *UNKEPT))
"""Fields of a request of which the response need not say that they changed nothing."""


def parse_responses(fields: dict[str, object]) -> ChatBody:
    """The chat completion that is asked for.

    Raises:
        ApiError: a field is of another type, out of range, or not supported.
    """
    for name in UNKEPT:
        if fields.get(name):
            raise bad_request(
                f"{name} is not supported by this server: it stores nothing and runs no tools. "
                "Send the whole conversation as input.",
                name,
                "unsupported_parameter",
            )
    body = converted(fields, ResponsesBody)
    return ChatBody(
        messages=_messages(body),
        model=body.model,
        stream=body.stream,
        max_tokens=body.max_output_tokens,
        temperature=body.temperature,
        top_p=body.top_p,
        top_k=body.top_k,
        seed=body.seed,
        stop=body.stop,
        tools=[_tool(tool) for tool in body.tools or ()],
        tool_choice=_choice(body.tool_choice),
        parallel_tool_calls=body.parallel_tool_calls,
        response_format=_format(body.text),
        user=body.user,
        safety_identifier=body.safety_identifier,
        chat_template_kwargs=body.chat_template_kwargs,
    )


def _messages(body: ResponsesBody) -> list[ChatMessage]:
    told = [ChatMessage("system", body.instructions)] if body.instructions else []
    if isinstance(body.input, str):
        return [*told, ChatMessage("user", body.input)]
    thought = ""
    for number, item in enumerate(body.input):
        match item.type:
            case "message":
                if item.role is None:
                    raise bad_request(f"input[{number}]: role is missing.", f"input[{number}].role")
                reasoning, thought = (thought, "") if item.role == "assistant" else ("", thought)
                told.append(ChatMessage(item.role, item.content, reasoning_content=reasoning))
            case "reasoning":
                thought = _reasoning(item)
            case "function_call":
                if not told or told[-1].role != "assistant":
                    told.append(ChatMessage("assistant", reasoning_content=thought))
                    thought = ""
                function = FunctionText(item.name or "", item.arguments)
                calls = told[-1].tool_calls or []
                told[-1].tool_calls = [*calls, EarlierCall(function, item.call_id)]
            case "function_call_output":
                told.append(ChatMessage("tool", item.output, tool_call_id=item.call_id))
    return told


def _reasoning(item: Item) -> str:
    content = item.content if item.content is not None else item.summary
    if isinstance(content, str) or content is None:
        return content or ""
    return "".join(part if isinstance(part, str) else part.text or "" for part in content)


def _tool(tool: FlatTool) -> ToolSchema:
    return ToolSchema(
        converted(
            {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
            FunctionSchema,
        )
    )


def _choice(
    choice: Literal["auto", "none", "required"] | FlatChoice | None,
) -> Literal["auto", "none", "required"] | ToolChoice | None:
    return ToolChoice(NamedFunction(choice.name)) if isinstance(choice, FlatChoice) else choice


def _format(text: TextOptions | None) -> ResponseFormat | None:
    if text is None or text.format is None:
        return None
    schema = text.format.schema
    return ResponseFormat(text.format.type, NamedSchema(schema) if schema is not None else None)
