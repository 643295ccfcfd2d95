"""Bodies of every shape, at the real server with the real worker: never a 500, never a hang."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.serving import KEY, local_engine, served

SECONDS = 50.0
"""Far more than any of these takes; a request that hangs fails here."""


@pytest.fixture(scope="module")
def address(dense: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in a thread of its own, since hypothesis is not asynchronous."""
    started, address = threading.Event(), ""
    loop = asyncio.new_event_loop()
    done = asyncio.Event()
    log = tmp_path_factory.mktemp("fuzzed") / "worker.log"

    async def serve() -> None:
        nonlocal address
        async with local_engine(log, dense) as engine, served(engine) as server:
            address = server.url
            started.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(SECONDS)
    yield address
    loop.call_soon_threadsafe(done.set)
    thread.join(SECONDS)
    loop.close()


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["auto", "none", "function", "user", "<think>", "<|im_end|>", "\ud800", "\x00"]
    )
)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "name", "function", "properties", "x"]), inner)
    ),
    max_leaves=6,
)
texts = st.text(max_size=30) | st.sampled_from(["</think>", "<tool_call>", "<|im_end|>hi"])
parts = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": texts}), max_size=2)
calls = st.lists(
    st.fixed_dictionaries(
        {
            "id": texts,
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {
                    "name": texts,
                    "arguments": st.sampled_from(["{}", '{"a":[1,{}]}', "", "{", "3", "[" * 99])
                    | junk.map(json.dumps),
                }
            ),
        }
    ),
    max_size=2,
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "developer", "user", "assistant", "tool"])},
        optional={
            "content": texts | parts | st.none(),
            "tool_calls": calls,
            "tool_call_id": texts,
            "reasoning_content": texts,
            "name": texts,
        },
    ),
    min_size=1,
    max_size=4,
)
schemas = st.sampled_from(
    [
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
        {"type": "object", "properties": {"a": {"enum": []}}},
        {"type": "string", "pattern": "(a+)+$"},
        {"$ref": "#"},
        {"type": "nothing"},
    ]
)
tools = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {"name": st.sampled_from(["f", "g", ""])},
                optional={"description": texts, "parameters": schemas | junk},
            ),
        }
    ),
    max_size=2,
)
good = {
    "model": texts,
    "stream": st.booleans(),
    "temperature": st.floats(0, 2),
    "top_p": st.floats(0, 1),
    "top_k": st.integers(-1, 100),
    "seed": st.integers(-(2**63), 2**63 - 1),
    "stop": texts | st.lists(texts, max_size=3),
    "tools": tools,
    "tool_choice": st.sampled_from(["auto", "none", "required"]),
    "parallel_tool_calls": st.booleans(),
    "logprobs": st.booleans(),
    "top_logprobs": st.integers(0, 20),
    "think": st.booleans(),
    "reasoning_effort": st.sampled_from(["none", "low", "high"]),
    "stream_options": st.just({"include_usage": True}),
    "response_format": schemas.map(
        lambda schema: {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    ),
}
likely = st.fixed_dictionaries(
    {"messages": messages, "logprobs": st.just(True)},
    optional={name: value for name, value in good.items() if name != "logprobs"},
)
unlikely = st.fixed_dictionaries(
    {"messages": messages | junk}, optional={name: value | junk for name, value in good.items()}
)


def post(address: str, path: str, content: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    return httpx.post(f"{address}/{path}", content=content, headers=headers, timeout=SECONDS)


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code != 200:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    elif "event-stream" in answer.headers["content-type"]:
        last = answer.text.removesuffix("\n\n").rpartition("\n\n")[2]
        whole = ("data: [DONE]", "event: response.completed", "event: response.incomplete")
        assert last.startswith(whole), last
        assert '"error":{' not in answer.text.replace('\\"error\\"', "")


some = settings(max_examples=40, suppress_health_check=list(HealthCheck), derandomize=True)


@some
@given(body=likely | unlikely)
def test_a_chat_body_of_any_shape_is_answered_or_refused(address: str, body: dict[str, object]):
    body["max_tokens"] = 4
    check(post(address, "chat/completions", json.dumps(body).encode()))


@some
@given(body=st.binary(max_size=60) | junk.map(json.dumps).map(str.encode))
def test_bytes_of_any_kind_are_refused(address: str, body: bytes):
    answer = post(address, "chat/completions", body)
    assert 400 <= answer.status_code < 500
    check(answer)


odd = junk | st.sampled_from([2**63, 2**64, 10**30, -(2**63) - 1, 1e308, 1e-320, "\ud800\udfff"])
items = st.one_of(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["system", "developer", "user", "assistant", "tool"]) | odd,
            "content": texts | parts | odd,
        },
        optional={"type": st.sampled_from(["message", "function_call", "input_image"]), "id": odd},
    ),
    st.fixed_dictionaries(
        {"type": st.just("function_call")},
        optional={"name": texts | odd, "arguments": texts | odd, "call_id": texts | odd},
    ),
    st.fixed_dictionaries(
        {"type": st.just("function_call_output")},
        optional={"call_id": texts | odd, "output": texts | parts | odd},
    ),
    st.fixed_dictionaries(
        {"type": st.just("reasoning")}, optional={"summary": parts | odd, "content": parts | odd}
    ),
)
likely_items = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": texts})
    | st.fixed_dictionaries(
        {
            "type": st.just("function_call"),
            "name": texts,
            "arguments": texts,
            "call_id": st.just("c"),
        }
    )
    | st.fixed_dictionaries(
        {"type": st.just("function_call_output"), "call_id": st.just("c"), "output": texts}
    ),
    min_size=1,
    max_size=4,
)
flat_tools = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["f", "g", ""]) | odd},
        optional={"type": st.just("function") | odd, "parameters": schemas | odd, "strict": odd},
    ),
    max_size=2,
)
formats = schemas.map(lambda schema: {"type": "json_schema", "name": "x", "schema": schema})
likely_response = st.fixed_dictionaries(
    {"input": texts | likely_items, "stream": st.booleans()},
    optional={
        "instructions": texts,
        "tools": st.just([{"type": "function", "name": "f", "parameters": {"type": "object"}}]),
        "text": st.just({"format": {"type": "json_object"}}),
        "reasoning": st.sampled_from([{"effort": "none"}, {"effort": "low"}]),
    },
)
response = st.fixed_dictionaries(
    {"input": texts | st.lists(items, max_size=4) | odd},
    optional={
        "stream": st.booleans() | odd,
        "instructions": texts | odd,
        "temperature": st.floats(0, 2) | odd,
        "top_p": odd,
        "tools": flat_tools | odd,
        "tool_choice": st.sampled_from(["required", {"type": "function", "name": "f"}]) | odd,
        "parallel_tool_calls": odd,
        "text": st.fixed_dictionaries({"format": formats | odd}) | odd,
        "reasoning": st.sampled_from([{"effort": "none"}, {"effort": "low"}]) | odd,
        "previous_response_id": odd,
        "user": odd,
        "think": odd,
    },
)
likely_completion = st.fixed_dictionaries(
    {"prompt": texts, "stream": st.booleans()},
    optional={"logprobs": st.integers(0, 5), "stop": texts, "seed": st.integers(0, 9)},
)
completion = st.fixed_dictionaries(
    {"prompt": texts | st.lists(texts, max_size=2) | odd},
    optional={
        "stream": st.booleans() | odd,
        "stream_options": st.just({"include_usage": True}) | odd,
        "temperature": st.floats(0, 2) | odd,
        "top_p": odd,
        "top_k": odd,
        "seed": odd,
        "stop": texts | st.lists(texts, max_size=3) | odd,
        "logprobs": st.integers(0, 6) | odd,
        "echo": odd,
        "n": odd,
        "user": odd,
        "logit_bias": odd,
    },
)


@some
@given(body=likely_completion | completion)
def test_a_completion_body_of_any_shape_is_answered_or_refused(
    address: str, body: dict[str, object]
):
    check(post(address, "completions", json.dumps(body | {"max_tokens": 4}).encode()))


@some
@given(body=likely_response | response)
def test_a_responses_body_of_any_shape_is_answered_or_refused(
    address: str, body: dict[str, object]
):
    check(post(address, "responses", json.dumps(body | {"max_output_tokens": 4}).encode()))
