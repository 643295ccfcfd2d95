"""A turn as the body of a request, with what only some servers understand kept apart."""

import json
from typing import Any

import msgspec

from carnice_tui.core.messages import Message
from carnice_tui.core.requests import JsonGuide, Tool, TurnRequest

Json = dict[str, Any]

OPTIONAL = (
    "chat_template_kwargs",
    "reasoning_effort",
    "top_k",
    "stream_options",
    "max_tokens",
    "seed",
)
"""Fields that a server may refuse; it is asked again without the one it names."""

LONG_ANSWER = 32_768
"""Tokens. Asked of servers whose own limit is too short for an answer (mlx_lm.server: 512)."""

DEFAULT_TEMPERATURE, DEFAULT_TOP_P, DEFAULT_TOP_K = 0.6, 0.95, 20
"""The model card's: servers have other ones, mlx_lm.server is greedy."""


def body_of(request: TurnRequest, model: str, *, answer_limit: int) -> Json:
    """The JSON of `request`. `answer_limit` (tokens) holds where the request names none; 0 is
    left to the server."""
    sampling = request.sampling
    body: Json = {
        "model": model,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": _or(sampling.temperature, DEFAULT_TEMPERATURE),
        "top_p": _or(sampling.top_p, DEFAULT_TOP_P),
        "top_k": _or(sampling.top_k, DEFAULT_TOP_K),
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if limit := request.max_tokens or answer_limit:
        body["max_tokens"] = limit
    if request.stop:
        body["stop"] = list(request.stop)
    if request.text is not None:
        return {**body, "prompt": request.text}
    body["messages"] = [_message(message) for message in request.messages]
    if request.resume:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
        if thought := request.messages[-1].reasoning:
            body["messages"][-1]["reasoning_content"] = thought
    body["chat_template_kwargs"] = {"enable_thinking": request.thinking != "off"}
    if request.thinking in ("low", "medium", "high"):
        body["reasoning_effort"] = request.thinking
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if isinstance(request.guide, JsonGuide):
        schema = {"name": "answer", "strict": True, "schema": request.guide.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": request.logprobs}
    return body


def thought_closed(request: TurnRequest, thought: str, drawn: int) -> TurnRequest:
    """The turn that goes on after `thought` with the answer; `drawn` tokens of its limit are
    spent. To our server, thinking off beside a thought means that it is over."""
    messages = request.messages
    if request.resume:
        thought = messages[-1].reasoning + thought
        messages = messages[:-1]
    return msgspec.structs.replace(
        request,
        messages=(*messages, Message("assistant", "", reasoning=thought)),
        resume=True,
        thinking="off",
        max_tokens=request.max_tokens and max(1, request.max_tokens - drawn),
    )


def _message(message: Message) -> Json:
    """Thinking is not sent back: servers refuse it, or take it for something else."""
    entry: Json = {"role": message.role, "content": message.content}
    if message.calls:
        entry["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(call.arguments, ensure_ascii=False),
                },
            }
            for call in message.calls
        ]
    if message.role == "tool":
        entry["tool_call_id"] = message.call_id
    return entry


def _tool(tool: Tool) -> Json:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    }


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
