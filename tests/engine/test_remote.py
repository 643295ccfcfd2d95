"""An engine behind a URL answers as the local one does, and says plainly what went wrong."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    ModelLoaded,
    Notice,
    PrefillProgress,
    ReasoningDelta,
    ToolCall,
    ToolCallBroken,
    TurnFinished,
)
from carnice_tui.core.messages import Call, Message, Sampling
from carnice_tui.core.requests import JsonGuide, Tool, TurnRequest
from carnice_tui.engine.remote.engine import RemoteEngine
from tests.engine.cold import message_of
from tests.engine.scripted_server import Hangs, Says, ScriptedServer, delta, document, scripted, sse

HELLO = TurnRequest((Message("user", "hello"),))
USAGE = {
    "choices": [],
    "usage": {
        "prompt_tokens": 30,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 4},
    },
}


@contextlib.asynccontextmanager
async def engine_of(
    server: ScriptedServer, model: str = "", **options
) -> AsyncIterator[RemoteEngine]:
    engine = RemoteEngine(server.url, **options)
    try:
        events = [event async for event in engine.load(model)]
        assert isinstance(events[-1], ModelLoaded), events
        yield engine
    finally:
        await engine.close()


async def answer(*script: Says, request: TurnRequest = HELLO) -> tuple[list[Event], ScriptedServer]:
    async with scripted(*script) as server, engine_of(server) as engine:
        return [event async for event in engine.turn(request)], server


def finished(events: list[Event]) -> TurnFinished:
    assert isinstance(events[-1], TurnFinished)
    assert sum(isinstance(event, TurnFinished) for event in events) == 1
    return events[-1]


def failure(events: list[Event]) -> str:
    (failed,) = [event for event in events if isinstance(event, EngineFailed)]
    assert finished(events).reason == "failed"
    return failed.message


async def test_an_answer_streams_with_its_figures():
    said = sse(
        delta(role="assistant", content=""),
        delta(content="Good "),
        delta(content="day."),
        delta("stop"),
        USAGE,
    )
    events, _ = await answer(Says(chunks=said))
    assert [e.text for e in events if isinstance(e, AnswerDelta)] == ["Good ", "day."]
    stats = finished(events).stats
    assert finished(events).reason == "stop"
    assert (stats.prompt_tokens, stats.cached_tokens, stats.prefilled_tokens) == (30, 20, 10)
    assert (stats.reasoning_tokens, stats.answer_tokens) == (4, 5)
    assert stats.context_window == 4096


@pytest.mark.parametrize(
    "said",
    [
        [delta(reasoning="why"), delta(content="yes")],
        [delta(reasoning_content="why"), delta(content="yes")],
        [delta(content="<thi"), delta(content="nk>why</think>\n\nyes")],
    ],
    ids=["reasoning", "reasoning_content", "inline"],
)
async def test_thinking_is_told_apart_in_every_form(said: list[dict]):
    events, _ = await answer(Says(chunks=sse(*said, delta("stop"))))
    message = message_of(events)
    assert (message.reasoning, message.content) == ("why", "yes")
    assert finished(events).stats.reasoning_tokens > 0


async def test_a_tool_call_is_put_together():
    parts = [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "look", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"at": '}},
        {"index": 0, "function": {"arguments": "3}"}},
        {"index": 1, "id": "c1", "function": {"name": "look", "arguments": "{"}},
    ]
    said = sse(*(delta(tool_calls=[part]) for part in parts), delta("tool_calls"))
    events, _ = await answer(Says(chunks=said))
    (call,) = [event for event in events if isinstance(event, ToolCall)]
    assert call == ToolCall("c1", "look", {"at": 3})
    assert any(isinstance(event, ToolCallBroken) for event in events)
    assert finished(events).reason == "tool-calls"


async def test_what_is_asked_is_in_the_body():
    request = TurnRequest(
        (
            Message("system", "Be short."),
            Message("user", "look"),
            Message("assistant", "", reasoning="secret", calls=(Call("c1", "look", {"at": 1}),)),
            Message("tool", "nothing", call_id="c1"),
        ),
        tools=(Tool("look", "Looks.", {"type": "object"}),),
        thinking="low",
        sampling=Sampling(temperature=0, seed=5),
        max_tokens=7,
        stop=("END",),
        guide=JsonGuide({"type": "object"}),
        logprobs=2,
    )
    _, server = await answer(Says(chunks=sse(delta("stop", content="x"))), request=request)
    (body,) = server.bodies
    assert body["model"] == "you/tiny"
    assert (body["temperature"], body["top_p"], body["top_k"]) == (0, 0.95, 20)
    assert (body["seed"], body["max_tokens"], body["stop"]) == (5, 7, ["END"])
    assert body["chat_template_kwargs"] == {"enable_thinking": True}
    assert body["reasoning_effort"] == "low"
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (body["logprobs"], body["top_logprobs"]) == (True, 2)
    assert body["messages"][2]["tool_calls"][0]["function"]["arguments"] == '{"at": 1}'
    assert body["messages"][3]["tool_call_id"] == "c1"
    assert "secret" not in str(body)


CUT = TurnRequest(
    (Message("user", "count"), Message("assistant", "one,", reasoning="from one")), resume=True
)


@contextlib.asynccontextmanager
async def listed(owner: str, *script: Says) -> AsyncIterator[ScriptedServer]:
    """A server whose one model says whose it is."""
    async with scripted(*script) as server:
        model = {"id": "you/tiny", "context_length": 4096, "owned_by": owner}
        server.models = document({"data": [model]})
        yield server


@pytest.mark.parametrize("owner", ["carnice-chat", "vllm"])
async def test_a_cut_answer_goes_on_where_the_server_can(owner: str):
    rest = Says(chunks=sse(delta(content="\ntwo"), delta("stop")))
    async with listed(owner, rest) as server, engine_of(server) as engine:
        events = [event async for event in engine.turn(CUT)]
    (body,) = server.bodies
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert body["messages"][-1] == {
        "role": "assistant",
        "content": "one,",
        "reasoning_content": "from one",
    }
    assert message_of(events).content == "\ntwo", "a line end in the middle belongs to the answer"


@pytest.mark.parametrize(
    ("owner", "unfinished"),
    [
        ("somebody", Message("assistant", "one,")),
        ("vllm", Message("assistant", "", reasoning="from")),
    ],
)
async def test_a_cut_answer_that_a_server_cannot_go_on_with_is_told(
    owner: str, unfinished: Message
):
    asked = TurnRequest((Message("user", "count"), unfinished), resume=True)
    async with listed(owner) as server, engine_of(server) as engine:
        events = [event async for event in engine.turn(asked)]
    (told,) = [event for event in events if isinstance(event, Notice)]
    assert "regenerate" in told.text
    assert finished(events).reason == "failed"
    assert not server.bodies


async def test_log_probabilities_come_along():
    said = delta(content="é")
    said["choices"][0]["logprobs"] = {
        "content": [
            {
                "token": "é",
                "logprob": -0.5,
                "bytes": [195, 169],
                "top_logprobs": [{"token": "e", "logprob": -1.0, "bytes": None}],
            }
        ]
    }
    events, _ = await answer(Says(chunks=sse(said, delta("stop"))))
    (one,) = [event for event in events if isinstance(event, AnswerDelta)]
    assert one.logprobs[0].piece == "é".encode()
    assert one.logprobs[0].top[0].piece == b"e"


async def test_plain_text_is_a_plain_completion():
    said = sse(
        {"choices": [{"text": "on", "finish_reason": None}]},
        {"choices": [{"text": "", "finish_reason": "length"}]},
    )
    request = TurnRequest((), text="go ")
    events, server = await answer(Says(chunks=said), request=request)
    assert server.asked[-1].path == "/v1/completions"
    assert server.bodies[0]["prompt"] == "go "
    assert message_of(events).content == "on"
    assert finished(events).reason == "length"


async def test_an_answer_that_was_not_streamed_is_taken_too():
    whole = {"choices": [{"message": {"content": "all of it"}, "finish_reason": "stop"}]}
    events, _ = await answer(document(whole))
    assert message_of(events).content == "all of it"


async def test_progress_in_comments_is_shown():
    said = [b": keepalive 512/2048\n\n", b": ping\n\n", *sse(delta("stop", content="x"))]
    events, _ = await answer(Says(chunks=said))
    assert [e for e in events if isinstance(e, PrefillProgress)] == [PrefillProgress(512, 2048)]


async def test_stopping_closes_the_connection_and_keeps_what_was_said():
    said = sse(delta(content="one "))[:-1]
    async with scripted(Says(chunks=said, held=True)) as server, engine_of(server) as engine:
        events: list[Event] = []
        async for event in engine.turn(HELLO):
            events.append(event)
            engine.cancel()
        await server.left.wait()
    assert message_of(events).content == "one "
    assert finished(events).reason == "cancelled"


async def test_who_wants_an_answer_now_gets_it_from_our_own_server():
    """The stream is left, and the answer asked for that follows the thought as it stood."""
    begun = Says(chunks=sse(delta(reasoning="hm"), delta(reasoning=" hm"))[:-1], held=True)
    rest = Says(chunks=sse(delta(content="so"), delta("stop"), USAGE))
    request = TurnRequest(HELLO.messages, thinking="on", max_tokens=50)
    async with listed("carnice-chat", begun, rest) as server, engine_of(server) as engine:
        events: list[Event] = []
        async for event in engine.turn(request):
            events.append(event)
            if isinstance(event, ReasoningDelta) and event.text == " hm":
                engine.answer_now()
        await server.left.wait()
    assert message_of(events) == Message("assistant", "so", reasoning="hm hm")
    assert finished(events).reason == "stop"
    body = server.bodies[1]
    assert body["messages"][-1] == {
        "role": "assistant",
        "content": "",
        "reasoning_content": "hm hm",
    }
    assert body["continue_final_message"] is True
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert body["max_tokens"] == 48
    stats = finished(events).stats
    assert stats.prompt_tokens == 30 - 2, "the thought is no part of what was asked"
    assert stats.reasoning_tokens == 2 + 4


async def test_an_answer_now_of_a_continued_thought_follows_all_of_it():
    begun = Says(chunks=sse(delta(reasoning=" two"))[:-1], held=True)
    rest = Says(chunks=sse(delta(content="so"), delta("stop")))
    cut = Message("assistant", "", reasoning="one")
    request = TurnRequest((*HELLO.messages, cut), thinking="on", resume=True)
    async with listed("carnice-chat", begun, rest) as server, engine_of(server) as engine:
        async for event in engine.turn(request):
            if isinstance(event, ReasoningDelta):
                engine.answer_now()
    assert [m.get("reasoning_content") for m in server.bodies[1]["messages"]] == [None, "one two"]


async def test_an_answer_that_has_begun_is_not_hurried():
    chunks = sse(delta(content="so"), delta(content=" it is"), delta("stop"))
    async with listed("carnice-chat", Says(chunks=chunks)) as server, engine_of(server) as engine:
        events: list[Event] = []
        async for event in engine.turn(HELLO):
            events.append(event)
            engine.answer_now()
    assert message_of(events).content == "so it is"
    assert not [event for event in events if isinstance(event, Notice)]


async def test_who_wants_an_answer_now_is_told_that_another_server_cannot_hurry():
    chunks = sse(delta(reasoning="hm"), delta(reasoning=" hm"), delta(content="so"), delta("stop"))
    async with scripted(Says(chunks=chunks)) as server, engine_of(server) as engine:
        events: list[Event] = []
        async for event in engine.turn(HELLO):
            events.append(event)
            if isinstance(event, ReasoningDelta):
                engine.answer_now()
    told = [event for event in events if isinstance(event, Notice)]
    assert told
    assert "thinks on" in told[0].text
    assert finished(events).reason == "stop"


async def test_a_cut_in_the_middle_keeps_what_came_and_is_not_asked_again():
    said = sse(delta(content="half "))[:-1]
    events, server = await answer(Says(chunks=said, cut=True))
    assert message_of(events).content == "half "
    assert "kept" in failure(events)
    assert len(server.bodies) == 1


async def test_a_stream_that_ends_too_soon_is_a_failure():
    said = sse(delta(content="half "))[:-1]
    events, _ = await answer(Says(chunks=said))
    assert "before the answer was finished" in failure(events)


async def test_an_error_in_the_stream_is_told():
    said = sse(delta(content="half "), {"error": {"message": "worker died"}})
    events, _ = await answer(Says(chunks=said))
    assert "worker died" in failure(events)
    assert message_of(events).content == "half "


async def test_a_connection_that_breaks_before_an_answer_is_tried_again():
    events, server = await answer(Hangs(), Says(chunks=sse(delta("stop", content="x"))))
    assert message_of(events).content == "x"
    assert len(server.bodies) == 2


async def test_a_busy_server_is_asked_again_after_what_it_says():
    busy = document({"error": {"message": "queue full"}}, 429, Retry_After="0")
    events, server = await answer(busy, Says(chunks=sse(delta("stop", content="x"))))
    assert message_of(events).content == "x"
    assert any(isinstance(event, Notice) and "busy" in event.text for event in events)
    assert len(server.bodies) == 2


async def test_too_long_a_patience_is_told_and_not_waited_for():
    busy = document({"error": {"message": "queue full"}}, 429, Retry_After="600")
    events, server = await answer(busy)
    assert "600 s" in failure(events)
    assert len(server.bodies) == 1


async def test_a_field_that_the_server_refuses_is_left_out_from_then_on():
    refusal = document({"error": {"message": "Unknown parameter: 'top_k'."}}, 400)
    said = Says(chunks=sse(delta("stop", content="x")))
    async with scripted(refusal, said, said) as server, engine_of(server) as engine:
        for _ in range(2):
            events = [event async for event in engine.turn(HELLO)]
            assert finished(events).reason == "stop"
    assert ["top_k" in body for body in server.bodies] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "says"), [(401, "--api-key-env"), (404, "you/tiny"), (500, "failed"), (418, "tea")]
)
async def test_a_refusal_says_what_to_do(status: int, says: str):
    events, _ = await answer(document({"error": {"message": "tea"}}, status))
    assert says in failure(events)


async def test_a_redirect_is_not_followed():
    events, server = await answer(document({}, 307, Location="http://elsewhere.example/v1"))
    assert "elsewhere.example" in failure(events)
    assert len(server.bodies) == 1


async def test_too_long_a_conversation_is_a_full_context():
    refusal = document(
        {"error": {"message": "This model's maximum context length is 9 tokens"}}, 400
    )
    events, _ = await answer(refusal)
    assert finished(events).reason == "context-full"
    assert any(isinstance(event, Notice) and "9 tokens" in event.text for event in events)


async def test_a_server_that_names_no_window_is_asked_for_a_long_answer():
    async with scripted(Says(chunks=sse(delta("stop", content="x")))) as server:
        server.models = document({"data": [{"id": "a"}]})
        async with engine_of(server) as engine:
            [_ async for _ in engine.turn(HELLO)]
            assert engine.model is not None
            assert engine.model.context_window == 0
    assert server.bodies[0]["max_tokens"] > 10_000


async def loaded(url: str, model: str = "", **options) -> Event:
    engine = RemoteEngine(url, **options)
    try:
        return [event async for event in engine.load(model)][-1]
    finally:
        await engine.close()


async def test_nobody_there_is_said_and_what_to_do():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        event = await loaded(f"http://127.0.0.1:{free.getsockname()[1]}")
    assert isinstance(event, EngineFailed)
    assert "Nobody listens" in event.message


async def test_a_model_that_is_not_there_is_said_before_anything_is_asked():
    async with scripted() as server:
        event = await loaded(server.url, "other")
    assert isinstance(event, EngineFailed)
    assert "you/tiny" in event.message


async def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("A_KEY", "s3cret\n")
    async with scripted() as server:
        await loaded(server.url, key_variable="A_KEY")
    assert server.asked[0].headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize("value", [None, "", "tschüß", "a\nb"])
async def test_a_key_that_is_missing_or_cannot_be_sent_is_said(
    value: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("A_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("A_KEY", value)
    async with scripted() as server:
        event = await loaded(server.url, key_variable="A_KEY")
    assert isinstance(event, EngineFailed)
    assert "A_KEY" in event.message
    assert not server.asked


async def test_a_list_that_breaks_off_is_none():
    async with scripted() as server:
        server.models = Says(chunks=[b'{"da'], kind="application/json", cut=True)
        event = await loaded(server.url, "you/own")
    assert isinstance(event, ModelLoaded)


async def test_a_server_without_a_list_is_asked_for_the_model_that_was_named():
    async with scripted() as server:
        server.models = document({"error": "not here"}, 404)
        event = await loaded(server.url, "you/own")
    assert isinstance(event, ModelLoaded)
    assert event.name == "you/own"


async def test_a_turn_that_nobody_reads_on_lets_the_server_go():
    said = sse(delta(content="one "))[:-1]
    async with scripted(Says(chunks=said, held=True)) as server, engine_of(server) as engine:
        async with contextlib.aclosing(engine.turn(HELLO)) as events:
            async for _ in events:
                break
        async with asyncio.timeout(30):
            await server.left.wait()
