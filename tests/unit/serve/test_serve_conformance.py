"""Each field of a chat completion request, by the table that the documentation prints too."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from carnice_tui.core.events import Alternative, AnswerDelta, TokenLogprob, TurnFinished
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import JsonGuide, Tool, TurnRequest
from carnice_tui.engine.schema import schema_problem
from carnice_tui.serve.chat_request import parse_chat, turn_of
from carnice_tui.serve.fields import CHAT_FIELDS, Field, Treatment, table
from carnice_tui.serve.scheduler import Scheduler, in_order
from tests.engine.serving import CONFIG, SETTINGS, app_of, served
from tests.ui.scripted_engine import ScriptedEngine, answer

HI = {"messages": [{"role": "user", "content": "hi"}]}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
FORM = {"response_format": {"type": "json_object"}}
BEGUN = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "Good"}]
NEEDS: dict[str, dict[str, object]] = {
    "stream_options": {"stream": True},
    "top_logprobs": {"logprobs": True},
    "tool_choice": {"tools": [TOOL]},
    "continue_final_message": {"messages": BEGUN},
}
"""What a field needs beside it."""


def rows(treatment: Treatment) -> list[Any]:
    return [pytest.param(f, id=f.name) for f in CHAT_FIELDS if f.treatment is treatment]


async def asked_with(fields: dict[str, object]) -> tuple[Any, TurnRequest | None]:
    engine = ScriptedEngine([answer("yes")])
    async with app_of(engine) as (client, _):
        response = await client.post("/v1/chat/completions", json=HI | fields)
        return response, engine.requests[0] if engine.requests else None


SEEN: dict[str, Any] = {
    "messages": lambda turn: turn.messages == (Message("user", "hello"),),
    "max_tokens": lambda turn: turn.max_tokens == 8,
    "max_completion_tokens": lambda turn: turn.max_tokens == 8,
    "temperature": lambda turn: turn.sampling.temperature == 0,
    "top_p": lambda turn: turn.sampling.top_p == 0.9,
    "top_k": lambda turn: turn.sampling.top_k == 20,
    "seed": lambda turn: turn.sampling.seed == 7,
    "stop": lambda turn: turn.stop == ("\n\n",),
    "tools": lambda turn: turn.tools == (Tool("look", "", {"type": "object"}),),
    "tool_choice": lambda turn: len(turn.tools) == 1,
    "response_format": lambda turn: turn.guide == JsonGuide({"type": "object"}),
    "logprobs": lambda turn: turn.logprobs == 0,
    "top_logprobs": lambda turn: turn.logprobs == 2,
    "reasoning_effort": lambda turn: turn.thinking == "off",
    "reasoning": lambda turn: turn.thinking == "low",
    "think": lambda turn: turn.thinking == "off",
    "enable_thinking": lambda turn: turn.thinking == "off",
    "chat_template_kwargs": lambda turn: turn.thinking == "off",
    "continue_final_message": lambda turn: turn.resume,
}
"""What the engine is asked with; the other honoured fields change the answer's form."""


@pytest.mark.parametrize("field", rows(Treatment.HONOURED))
async def test_an_honoured_field_is_taken(field: Field):
    response, turn = await asked_with({field.name: field.example, **NEEDS.get(field.name, {})})
    assert response.status_code == 200, response.text
    assert field.name not in response.headers.get("x-ignored-fields", "")
    assert turn is not None
    assert SEEN.get(field.name, lambda turn: True)(turn)


@pytest.mark.parametrize("field", rows(Treatment.IGNORED))
async def test_an_ignored_field_changes_nothing_and_the_response_says_so(field: Field):
    response, turn = await asked_with({field.name: field.example})
    _, plain = await asked_with({})
    assert response.status_code == 200
    assert field.name in response.headers["x-ignored-fields"].split(", ")
    assert turn == plain


@pytest.mark.parametrize("field", rows(Treatment.REFUSED))
async def test_a_refused_field_is_named_unless_it_asks_for_nothing(field: Field):
    response, turn = await asked_with({field.name: field.example})
    assert response.status_code == 400
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["param"] == field.name
    assert turn is None
    for harmless in (None, *field.harmless):
        assert (await asked_with({field.name: harmless}))[0].status_code == 200


@pytest.mark.parametrize("others", [[], [TOOL]])
def test_a_tool_that_must_be_called_may_define_parts_of_its_schema(others: list[object]):
    parameters = {
        "$defs": {"where": {"properties": {"city": {"type": "string"}}, "required": ["city"]}},
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/where"}, "next": {"$ref": "#"}},
    }
    tool = {"type": "function", "function": {"name": "go", "parameters": parameters}}
    fields = {**HI, "tools": [*others, tool], "tool_choice": "required"}
    guide = turn_of(parse_chat(fields), fields, CONFIG).guide
    assert schema_problem(guide.schema) == ""


async def test_a_field_nobody_knows_is_ignored_and_named():
    response, _ = await asked_with({"surprise": 1})
    assert response.headers["x-ignored-fields"] == "surprise"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0]"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"tools": [{"type": "web"}]}, "tools[0]"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"reasoning_effort": "a lot"}, "reasoning_effort"),
        ({"think": 3}, "think"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"stop": ["x"] * 17}, "stop"),
        ({"continue_final_message": True}, "continue_final_message"),
        ({"continue_final_message": True, "messages": BEGUN, **FORM}, "continue_final_message"),
    ],
)
async def test_what_is_out_of_range_is_refused_by_name(fields: dict[str, object], param: str):
    response, turn = await asked_with(fields)
    assert response.status_code == 400
    assert str(response.json()["error"]["param"]).startswith(param)
    assert turn is None


async def test_a_schema_that_cannot_be_kept_is_refused_before_anything_is_read():
    schema = {"type": "object", "properties": {"a": {"$ref": "https://example.com/x.json"}}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    response, turn = await asked_with({"response_format": form})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == "response_format"
    assert turn is None


async def test_logprobs_are_told_per_token_with_their_bytes():
    token = TokenLogprob(b"\xc3", -0.5, (Alternative(b"\xc3", -0.5), Alternative(b"no", -2.0)))
    engine = ScriptedEngine([[AnswerDelta("é", 1, (token,)), TurnFinished("stop")]])
    async with served(engine) as server:
        answered = await server.chat(logprobs=True, top_logprobs=2)
    (told,) = answered.json()["choices"][0]["logprobs"]["content"]
    assert told["bytes"] == [0xC3]
    assert told["logprob"] == -0.5
    assert [one["token"] for one in told["top_logprobs"]] == ["\ufffd", "no"]


async def test_a_required_call_is_written_under_its_schema_and_told_as_a_call():
    written = '{"name": "look", "arguments": {"at": 1}}'
    engine = ScriptedEngine([[AnswerDelta(written), TurnFinished("stop")]] * 2)
    choice = {"type": "function", "function": {"name": "look"}}
    async with served(engine) as server:
        whole = (await server.chat(tools=[TOOL], tool_choice=choice)).json()["choices"][0]
        streamed = (await server.chat(tools=[TOOL], tool_choice="required", stream=True)).text
    assert isinstance(engine.requests[0].guide, JsonGuide)
    call = whole["message"]["tool_calls"][0]["function"]
    assert call == {"name": "look", "arguments": '{"at":1}'}
    assert whole["finish_reason"] == "tool_calls"
    assert '"content":"{' not in streamed
    assert '"tool_calls"' in streamed


async def test_lanes_take_turns_in_the_line():
    scheduler = Scheduler(ScriptedEngine(), 9)
    names = ("greedy", "greedy", "greedy", "modest")
    tickets = [scheduler.submit(TurnRequest(messages=()), name) for name in names]
    order = in_order(tickets, OrderedDict(greedy=1))
    assert [ticket.lane for ticket in order] == ["modest", "greedy", "greedy", "greedy"]
    assert [ticket.ahead for ticket in tickets] == [0, 2, 3, 1]


async def test_messages_are_read_as_agents_send_them():
    messages = [
        {"role": "system", "content": "a"},
        {"role": "developer", "content": [{"type": "text", "text": "b"}]},
        {"role": "user", "content": "c"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "1", "content": "d"},
        {"role": "assistant", "content": None, "tool_calls": [], "reasoning": "e"},
    ]
    _, turn = await asked_with({"messages": messages})
    assert turn is not None
    assert [m.role for m in turn.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert turn.messages[0].content == "a\n\nb"
    assert turn.messages[2].calls[0].arguments == {"x": 1}
    assert turn.messages[3].call_id == "1"
    assert turn.messages[4].reasoning == "e"


async def test_the_servers_system_prompt_is_for_conversations_that_bring_none():
    engine = ScriptedEngine([answer("a")] * 2)
    settings = msgspec.structs.replace(SETTINGS, system="Be brief.")
    own = [{"role": "system", "content": "Be long."}, *HI["messages"]]
    async with app_of(engine, replace(CONFIG, settings=settings)) as (client, _):
        for body in (HI, {"messages": own}):
            await client.post("/v1/chat/completions", json=body)
    assert [turn.messages[0].content for turn in engine.requests] == ["Be brief.", "Be long."]


@pytest.mark.parametrize(
    ("fields", "thinking"),
    [
        ({}, "off"),
        ({"think": True}, "on"),
        ({"think": False, "reasoning_effort": "high"}, "off"),
        ({"reasoning_effort": "medium"}, "medium"),
        ({"reasoning": {"enabled": False}}, "off"),
        ({"reasoning": {"effort": "high"}}, "high"),
        ({"enable_thinking": True, "reasoning_effort": "low"}, "low"),
        ({"think": False, "chat_template_kwargs": {"enable_thinking": True}}, "on"),
        (
            {"reasoning_effort": "high", "chat_template_kwargs": {"enable_thinking": False}},
            "off",
        ),
    ],
)
async def test_the_thinking_switch_is_read_however_it_is_written(
    fields: dict[str, object], thinking: str
):
    _, turn = await asked_with(fields)
    assert turn is not None
    assert turn.thinking == thinking


def test_the_table_names_no_field_twice():
    names = [field.name for field in CHAT_FIELDS]
    assert len(names) == len(set(names))


def test_the_documentation_has_the_table():
    documentation = Path(__file__).parents[3] / "docs" / "serve.md"
    assert table() in documentation.read_text()
