"""How turns are told: streams, keepalives, calls, and what happens when somebody leaves."""

import asyncio
import contextlib
import json

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    PrefillProgress,
    ToolCall,
    ToolCallBroken,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import TurnRequest
from carnice_tui.serve.scheduler import Scheduler
from tests.engine.serving import KEY, app_of, health_says, served
from tests.ui.scripted_engine import Gate, ScriptedEngine, answer

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def chunks_of(text: str) -> list[dict]:
    data = [line.removeprefix("data: ") for line in text.splitlines() if line]
    assert data.pop() == "[DONE]"
    return [json.loads(one) for one in data]


async def test_a_client_that_leaves_frees_the_engine_for_the_next():
    held = Gate()
    engine = ScriptedEngine([[AnswerDelta("a"), held, AnswerDelta("b")], answer("next")])
    async with served(engine) as server:
        body = {"messages": [{"role": "user", "content": "x"}], "stream": True}
        async with server.client.stream("POST", "/v1/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if '"content":"a"' in line:
                    break
        assert (await server.chat("y")).json()["choices"][0]["message"]["content"] == "next"


async def test_a_client_that_stops_reading_is_cut_off_and_frees_the_engine():
    endless = [*[AnswerDelta("x" * 65_536)] * 400, Gate()]  # more than any socket's buffers hold
    engine = ScriptedEngine([endless, answer("next")])
    async with served(engine, send_seconds=0.05) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
        body = json.dumps({"messages": [{"role": "user", "content": "x"}], "stream": True})
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
        )
        writer.write(f"{head}\r\nAuthorization: Bearer {KEY}\r\n\r\n{body}".encode())
        await health_says(server.client, "generating")
        assert (await server.chat("y")).json()["choices"][0]["message"]["content"] == "next"
        with contextlib.suppress(ConnectionResetError):
            got = 0
            while piece := await reader.read(65_536):
                got += len(piece)
            assert got < 400 * 65_536, "it was cut off, not answered"
        writer.close()


async def test_silence_is_filled_with_empty_deltas():
    held = Gate()
    engine = ScriptedEngine([[PrefillProgress(1, 2), held, *answer("done")]])
    async with served(engine, keepalive_seconds=0.01) as server:
        body = {"messages": [{"role": "user", "content": "x"}], "stream": True}
        empty = 0
        async with server.client.stream("POST", "/v1/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"] == {}:
                    empty += 1
                if empty == 3:
                    held.set()
        assert empty >= 3


async def test_a_full_line_turns_others_away_and_says_when_to_come_back():
    held = Gate()
    engine = ScriptedEngine([[held, *answer("one")], answer("two")])
    async with served(engine, queue=1) as server:
        first = asyncio.create_task(server.chat("a"))
        await health_says(server.client, "generating")
        second = asyncio.create_task(server.chat("b"))
        await health_says(server.client, "waiting")
        refused = await server.chat("c")
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "queue_full"
        assert int(refused.headers["retry-after"]) > 0
        held.set()
        assert (await first).headers["x-queue-position"] == "0"
        assert (await second).headers["x-queue-position"] == "1"


async def test_a_tool_call_comes_whole_in_a_stream_and_in_an_answer():
    call = [ToolCall("call_1", "look", {"at": "that"}), TurnFinished("tool-calls")]
    engine = ScriptedEngine([call, call])
    async with served(engine) as server:
        whole = (await server.chat(tools=[TOOL])).json()["choices"][0]
        streamed = chunks_of((await server.chat(tools=[TOOL], stream=True)).text)
    function = {"name": "look", "arguments": '{"at":"that"}'}
    assert whole["message"]["tool_calls"] == [
        {"id": "call_1", "type": "function", "function": function}
    ]
    assert whole["message"]["content"] is None
    assert whole["finish_reason"] == "tool_calls"
    assert streamed[1]["choices"][0]["delta"]["tool_calls"] == [
        {"index": 0, "id": "call_1", "type": "function", "function": function}
    ]
    assert streamed[-1]["choices"][0]["finish_reason"] == "tool_calls"


TWICE = "<function=look>\n<parameter=at>\nx\n</parameter>\n</function>\n<function=look>\n"


@pytest.mark.parametrize(
    ("required", "text", "name"),
    [
        (["at"], TWICE, "look"),
        ([], TWICE, "unreadable_call"),  # a tool that needs nothing might run all the same
        (["at"], "<function=list>\n<function=list>", "unreadable_call"),
        (["at"], '{"name": ', "unreadable_call"),
        (["at"], "", "unreadable_call"),
    ],
)
async def test_a_call_that_cannot_be_read_reaches_the_client_as_a_call_it_can_answer(
    required: list[str], text: str, name: str
):
    tool = {
        "type": "function",
        "function": {
            "name": "look",
            "parameters": {
                "type": "object",
                "properties": {"at": {"type": "string"}},
                "required": required,
            },
        },
    }
    broken = [ToolCallBroken(text, "no call"), TurnFinished("stop")]
    async with served(ScriptedEngine([broken])) as server:
        choice = (await server.chat(tools=[tool])).json()["choices"][0]
    function = choice["message"]["tool_calls"][0]["function"]
    assert function["name"] == name
    # Arguments that are no JSON are taken for an answer that was cut off.
    assert json.loads(function["arguments"]) == {
        "unreadable_call": text.strip(),
        "problem": "no call",
    }
    assert choice["finish_reason"] == "tool_calls"


async def test_without_parallel_calls_the_turn_ends_after_the_first():
    held = Gate()
    one, two = ToolCall("call_1", "look", {}), ToolCall("call_2", "look", {})
    engine = ScriptedEngine([[one, held, two, TurnFinished("tool-calls")]])
    async with served(engine) as server:
        choice = (await server.chat(tools=[TOOL], parallel_tool_calls=False)).json()["choices"][0]
    assert [call["id"] for call in choice["message"]["tool_calls"]] == ["call_1"]
    assert choice["finish_reason"] == "tool_calls"


async def test_an_engine_that_fails_is_told_as_an_error_in_the_stream():
    failing = [AnswerDelta("a"), EngineFailed("It broke."), TurnFinished("failed", TurnStats())]
    async with served(ScriptedEngine([failing, failing])) as server:
        whole = await server.chat()
        streamed = chunks_of((await server.chat(stream=True)).text)
    assert whole.status_code == 503
    assert "retry-after" in whole.headers
    assert streamed[-1]["error"]["message"] == "It broke."


async def test_every_model_id_is_an_alias_of_the_one_model():
    async with served(ScriptedEngine([answer("a")])) as server:
        listed = (await server.client.get("/v1/models")).json()["data"]
        assert [model["context_length"] for model in listed] == [32_768]
        assert (await server.client.get("/v1/models/some/other")).json()["id"] == "scripted"
        assert (await server.chat(model="some/other")).json()["model"] == "scripted"


async def test_what_only_other_servers_have_is_not_found():
    async with served(ScriptedEngine()) as server:
        for path in ("/api/v1/models", "/api/tags", "/v1/props", "/props", "/version"):
            missing = await server.client.get(path)
            assert missing.status_code == 404
            assert missing.json()["error"]["type"] == "not_found_error"
        assert (await server.client.post("/api/show", json={})).status_code == 404


async def test_whoever_waits_in_a_stream_is_told_how_many_are_ahead():
    held = Gate()
    engine = ScriptedEngine([[held, *answer("one")], answer("two")])
    async with served(engine, keepalive_seconds=0.01) as server:
        first = asyncio.create_task(server.chat("a"))
        await health_says(server.client, "generating")
        body = {"messages": [{"role": "user", "content": "b"}], "stream": True}
        lines: list[str] = []
        async with server.client.stream("POST", "/v1/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                lines.append(line)
                if line.startswith(":"):
                    held.set()
        await first
    assert ": 1 ahead" in lines
    assert lines[-2:] == ["data: [DONE]", ""]


async def test_a_server_that_is_stopped_says_so_to_those_it_leaves():
    held = Gate()
    engine = ScriptedEngine([[AnswerDelta("a"), held, *answer("b")]])
    async with app_of(engine) as (client, stop):
        body = {"messages": [{"role": "user", "content": "x"}]}
        asking = [asyncio.create_task(client.post("/v1/chat/completions", json=body))]
        await health_says(client, "generating")
        asking.append(asyncio.create_task(client.post("/v1/chat/completions", json=body)))
        await health_says(client, "waiting")
        stop()
        answers = await asyncio.gather(*asking)
    assert [one.status_code for one in answers] == [503, 503]
    assert all("shutting down" in one.json()["error"]["message"] for one in answers)


async def test_a_server_that_is_told_to_stop_twice_during_an_answer_still_comes_to_its_end():
    held = Gate()
    engine = ScriptedEngine([[AnswerDelta("a"), held, *answer("b")]])
    scheduler = Scheduler(engine, 9)
    running = asyncio.create_task(scheduler.run())
    assert await scheduler.submit(TurnRequest((Message("user", "x"),))).next()
    scheduler.close()  # as a signal does
    scheduler.close()  # as the end of the application does, while the engine is still busy
    held.set()
    await running
    assert not scheduler.busy
