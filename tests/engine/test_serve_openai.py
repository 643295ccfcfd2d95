"""The `openai` client against the real server, the real worker and the demo model."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import openai
import pytest
import pytest_asyncio

from tests.engine.serving import KEY, Served, local_engine, served

HELLO = [{"role": "user", "content": "hello"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "read_file",
            "description": "Read a file.",
            "parameters": {
                "type": "object",
                "properties": {"path": {"type": "string"}},
                "required": ["path"],
            },
        },
    }
]


# One worker for all of them, and so one event loop.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    log = tmp_path_factory.mktemp("served") / "worker.log"
    async with local_engine(log) as engine, served(engine) as server:
        yield server


def client_of(server: Served) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0)


async def test_a_stream_says_what_the_whole_answer_says(demo: Served):
    client = client_of(demo)
    whole = await client.chat.completions.create(model="any", messages=HELLO)
    stream = await client.chat.completions.create(
        model="any", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert text.strip()
    assert whole.choices[0].finish_reason == chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


async def test_a_prompt_that_was_read_before_is_counted_as_cached(demo: Served):
    client = client_of(demo)
    first = await client.chat.completions.create(model="any", messages=HELLO)
    again = [
        *HELLO,
        {"role": "assistant", "content": first.choices[0].message.content},
        {"role": "user", "content": "What can you do?"},
    ]
    second = await client.chat.completions.create(model="any", messages=again)
    read = first.usage.total_tokens
    assert second.usage.prompt_tokens_details.cached_tokens >= read - 1
    assert second.usage.prompt_tokens > read


async def test_thinking_is_split_from_the_answer_and_counted(demo: Served):
    client = client_of(demo)
    on = await client.chat.completions.create(
        model="any", messages=HELLO, extra_body={"think": True}, max_tokens=300
    )
    off = await client.chat.completions.create(
        model="any", messages=HELLO, reasoning_effort="none", max_tokens=300
    )
    assert on.usage.completion_tokens_details.reasoning_tokens > 0
    assert on.choices[0].message.reasoning_content == on.choices[0].message.reasoning
    assert "<think>" not in (on.choices[0].message.content or "")
    assert off.usage.completion_tokens_details.reasoning_tokens == 0


async def test_a_conversation_that_does_not_fit_is_told_in_the_words_agents_look_for(demo: Served):
    client = client_of(demo)
    endless = [{"role": "user", "content": "word " * 6000}]
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match="maximum context length is 4096 tokens"):
            await client.chat.completions.create(model="any", messages=endless, stream=stream)


SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "lines": {"type": "integer"}},
    "required": ["name", "lines"],
    "additionalProperties": False,
}


async def test_an_answer_is_held_to_a_json_schema_streamed_or_not(demo: Served):
    client = client_of(demo)
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}
    asked = {"model": "any", "messages": HELLO, "response_format": form, "max_tokens": 60}
    whole = await client.chat.completions.create(**asked)
    stream = await client.chat.completions.create(**asked, stream=True)
    text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
    jsonschema.validate(json.loads(whole.choices[0].message.content), SCHEMA)
    assert text == whole.choices[0].message.content


async def test_a_required_tool_is_called_with_arguments_of_its_schema(demo: Served):
    client = client_of(demo)
    for choice in ("required", {"type": "function", "function": {"name": "read_file"}}):
        answer = await client.chat.completions.create(
            model="any", messages=HELLO, tools=TOOLS, tool_choice=choice, max_tokens=80
        )
        (call,) = answer.choices[0].message.tool_calls
        offered = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}
        wanted = offered if choice == "required" else {"read_file": offered["read_file"]}
        assert call.function.name in wanted
        jsonschema.validate(json.loads(call.function.arguments), wanted[call.function.name])


async def test_logprobs_spell_the_answer(demo: Served):
    answer = await client_of(demo).chat.completions.create(
        model="any", messages=HELLO, logprobs=True, top_logprobs=2, max_tokens=8
    )
    tokens = answer.choices[0].logprobs.content
    spelled = b"".join(bytes(token.bytes) for token in tokens).decode("utf-8", "replace")
    assert spelled.startswith(answer.choices[0].message.content.rstrip())
    assert all(token.top_logprobs[0].logprob >= token.logprob for token in tokens)


async def test_the_same_seed_gives_the_same_answer(demo: Served):
    client = client_of(demo)
    asked = {"model": "any", "messages": HELLO, "temperature": 1.5, "seed": 7, "max_tokens": 20}
    first, second = [await client.chat.completions.create(**asked) for _ in range(2)]
    assert first.choices[0].message.content == second.choices[0].message.content


async def test_plain_text_goes_on_without_a_template(demo: Served):
    client = client_of(demo)
    answer = await client.completions.create(
        model="any", prompt="def add(a, b):", max_tokens=6, logprobs=1
    )
    assert answer.usage.completion_tokens == 6
    assert len(answer.choices[0].logprobs.tokens) == 6


async def test_the_llm_client_gets_an_answer(demo: Served, tmp_path: Path):
    (tmp_path / "extra-openai-models.yaml").write_text(
        f"- model_id: local\n  model_name: any\n  api_base: {demo.url}\n  api_key_name: local\n"
    )
    (tmp_path / "keys.json").write_text(json.dumps({"local": KEY}))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "llm", "-m", "local", "hello"),
        env=os.environ | {"LLM_USER_PATH": str(tmp_path), "LLM_LOAD_PLUGINS": ""},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    asked = [{"role": "user", "content": "hello"}]
    answer = await client_of(demo).chat.completions.create(model="any", messages=asked)
    assert out.decode().strip() == answer.choices[0].message.content.strip(), errors.decode()


async def test_a_wrong_key_is_an_authentication_error(demo: Served):
    client = openai.AsyncOpenAI(base_url=demo.url, api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        await client.chat.completions.create(model="any", messages=HELLO)


async def test_a_client_that_leaves_an_endless_answer_lets_the_next_be_answered(
    endless: Path, tmp_path: Path
):
    async with local_engine(tmp_path / "worker.log", endless) as engine, served(engine) as server:
        client = client_of(server)
        stream = await client.chat.completions.create(model="any", messages=HELLO, stream=True)
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        await stream.close()
        answer = await client.chat.completions.create(model="any", messages=HELLO, max_tokens=3)
        assert answer.usage.completion_tokens == 3
        metrics = (await server.client.get("/metrics")).text
        assert 'carnice_turns_total{reason="broken-off"} 1.0' in metrics


async def test_a_dead_worker_ends_its_request_with_an_error_and_the_next_succeeds(
    endless: Path, tmp_path: Path
):
    async with local_engine(tmp_path / "worker.log", endless) as engine, served(engine) as server:
        client = client_of(server)
        stream = await client.chat.completions.create(model="any", messages=HELLO, stream=True)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        with pytest.raises(openai.APIError, match="ended by signal 9"):
            [chunk async for chunk in stream]
        answer = await client.chat.completions.create(model="any", messages=HELLO, max_tokens=3)
        assert answer.usage.completion_tokens == 3
