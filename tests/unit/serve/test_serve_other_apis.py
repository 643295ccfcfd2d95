"""/v1/responses and /v1/completions, read by the `openai` client."""

import openai
import pytest

from carnice_tui.core.events import AnswerDelta, ReasoningDelta, ToolCall, TurnFinished
from carnice_tui.core.messages import Call, Message
from tests.engine.serving import KEY, served
from tests.ui.scripted_engine import ScriptedEngine

SAID = [ReasoningDelta("so"), AnswerDelta("a"), AnswerDelta("b"), TurnFinished("stop")]
CALLED = [AnswerDelta("a"), ToolCall("call_1", "look", {"at": 1}), TurnFinished("tool-calls")]
LOOK = {"type": "function", "name": "look", "parameters": {"type": "object"}}
PRESERVED = {"preserve_thinking": False}


def client_of(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=url, api_key=KEY, max_retries=0)


async def test_a_response_comes_whole():
    async with served(ScriptedEngine([SAID])) as server:
        response = await client_of(server.url).responses.create(model="any", input="hi")
    assert response.output_text == "ab"
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.status == "completed"


async def test_a_response_comes_in_a_stream_whose_last_event_holds_it_all():
    async with served(ScriptedEngine([SAID])) as server:
        stream = await client_of(server.url).responses.create(model="any", input="hi", stream=True)
        events = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [e.delta for e in events if e.type == "response.output_text.delta"] == ["a", "b"]
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == "ab"


async def test_a_call_and_its_output_go_round():
    engine = ScriptedEngine([CALLED, SAID])
    async with served(engine) as server:
        client = client_of(server.url)
        first = await client.responses.create(model="any", input="hi", tools=[LOOK])
        call = first.output[-1]
        assert (call.type, call.name, call.arguments) == ("function_call", "look", '{"at":1}')
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "seen"}
        again = [{"role": "user", "content": "hi"}, *first.output, output]
        await client.responses.create(model="any", input=again, tools=[LOOK])
    assert engine.requests[1].messages == (
        Message("user", "hi"),
        Message("assistant", "a", calls=(Call("call_1", "look", {"at": 1}),)),
        Message("tool", "seen", call_id="call_1"),
    )


async def test_a_response_is_drawn_as_asked():
    engine = ScriptedEngine([SAID])
    asked = {"top_k": 7, "seed": 5, "stop": ["x"], "chat_template_kwargs": PRESERVED}
    async with served(engine) as server:
        await server.client.post("/v1/responses", json={"input": "hi", **asked})
    turn = engine.requests[0]
    assert (turn.sampling.top_k, turn.sampling.seed, turn.stop) == (7, 5, ("x",))
    assert not turn.preserve_thinking


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/v1/responses",
            {"input": "hi", "instructions": "x", "max_output_tokens": 4, "text": {}, "seed": 3}
            | {"reasoning": {"effort": "low"}, "background": False},
        ),
        ("/v1/completions", {"prompt": "hi", "max_tokens": 4, "logprobs": 0, "echo": False}),
    ],
)
async def test_a_response_names_what_was_ignored_and_nothing_that_was_not(
    path: str, body: dict[str, object]
):
    async with served(ScriptedEngine([SAID, SAID])) as server:
        plain = await server.client.post(path, json=body)
        odd = await server.client.post(path, json=body | {"include": ["x"], "surprise": 1})
    assert (plain.status_code, odd.status_code) == (200, 200)
    assert "x-ignored-fields" not in plain.headers
    assert odd.headers["x-ignored-fields"] == "include, surprise"


async def test_what_needs_a_store_is_refused():
    async with served(ScriptedEngine()) as server:
        body = {"input": "hi", "previous_response_id": "resp_1"}
        refused = await server.client.post("/v1/responses", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "previous_response_id"


async def test_a_plain_completion_goes_on_from_text_alone():
    engine = ScriptedEngine([SAID[1:], SAID[1:]])
    async with served(engine) as server:
        client = client_of(server.url)
        whole = await client.completions.create(model="any", prompt="x", max_tokens=3)
        stream = await client.completions.create(model="any", prompt="x", stream=True)
        text = "".join([chunk.choices[0].text async for chunk in stream])
    assert whole.choices[0].text == text == "ab"
    assert engine.requests[0].text == "x"
    assert engine.requests[0].messages == ()


async def test_an_answer_of_no_tokens_is_refused_and_not_taken_for_one_without_a_limit():
    async with served(ScriptedEngine()) as server:
        for path, body in (
            ("completions", {"prompt": "a", "max_tokens": 0}),
            ("responses", {"input": "a", "max_output_tokens": 0}),
            ("chat/completions", {"messages": [{"role": "user", "content": "a"}], "max_tokens": 0}),
        ):
            answer = await server.client.post(f"/v1/{path}", json=body)
            assert answer.status_code == 400
            assert "at least 1 token" in answer.json()["error"]["message"]
