"""The demo model's chat template means what Qwen3.6's template means."""

from functools import cache
from pathlib import Path

import pytest
from mlx_lm.tokenizer_utils import TokenizerWrapper, load

import carnice_tui.models

DEMO_FOLDER = Path(carnice_tui.models.__file__).parent / "demo"


@cache
def demo_tokenizer() -> TokenizerWrapper:
    return load(DEMO_FOLDER)


SYSTEM = {"role": "system", "content": "Be brief."}
QUESTION = {"role": "user", "content": "Hello"}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "read_file",
            "description": "Read a file.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
        },
    }
]


def render(messages, **options) -> str:
    options = {"add_generation_prompt": True, "enable_thinking": True} | options
    return demo_tokenizer().apply_chat_template(messages, tokenize=False, **options)


def call(name: str, **arguments) -> dict[str, object]:
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def test_generation_prompt_opens_thinking():
    assert render([SYSTEM, QUESTION]) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\nHello<|im_end|>\n"
        "<|im_start|>assistant\n<think>\n"
    )


def test_thinking_off_closes_an_empty_block():
    text = render([QUESTION], enable_thinking=False)
    assert text.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_earlier_thinking_is_dropped_unless_preserved():
    messages = [
        QUESTION,
        {"role": "assistant", "content": "Hi", "reasoning_content": "greet"},
        {"role": "user", "content": "Bye"},
    ]
    assert "greet" not in render(messages)
    assert "<think>\ngreet\n</think>\n\nHi<|im_end|>" in render(messages, preserve_thinking=True)


def test_thinking_inside_the_content_is_split_off():
    messages = [QUESTION, {"role": "assistant", "content": "<think>\ngreet\n</think>\n\nHi"}]
    text = render(messages, add_generation_prompt=False)
    assert text.endswith("<|im_start|>assistant\n<think>\ngreet\n</think>\n\nHi<|im_end|>\n")


def test_thinking_after_the_last_query_is_kept_through_tool_calls():
    messages = [
        QUESTION,
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "look",
            "tool_calls": [call("read_file", path="a.py", start=3)],
        },
        {"role": "tool", "content": "x = 1"},
    ]
    assert (
        "<think>\nlook\n</think>\n\n<tool_call>\n<function=read_file>\n<parameter=path>\na.py\n"
        "</parameter>\n<parameter=start>\n3\n</parameter>\n</function>\n</tool_call><|im_end|>\n"
        "<|im_start|>user\n<tool_response>\nx = 1\n</tool_response><|im_end|>\n"
    ) in render(messages)


def test_consecutive_tool_results_share_one_user_block():
    messages = [
        QUESTION,
        {"role": "assistant", "content": "", "tool_calls": [call("a"), call("b")]},
        {"role": "tool", "content": "1"},
        {"role": "tool", "content": "2"},
    ]
    assert (
        "<|im_start|>user\n<tool_response>\n1\n</tool_response>\n"
        "<tool_response>\n2\n</tool_response><|im_end|>\n"
    ) in render(messages)


def test_tools_are_listed_one_json_line_each_before_the_system_text():
    text = render([SYSTEM, QUESTION], tools=TOOLS)
    head, _, rest = text.partition("</tools>")
    assert head.startswith("<|im_start|>system\n# Tools\n")
    assert '<tools>\n{"type": "function", "function": {"name": "read_file"' in head
    assert "<tool_call>\n<function=" in rest
    assert "Be brief.<|im_end|>" in rest


def test_unknown_roles_are_refused():
    with pytest.raises(Exception, match="Unexpected message role"):
        render([{"role": "narrator", "content": "x"}])


TURNS = {
    "plain": (
        {"role": "assistant", "content": "Hi there.\n\nTwo lines."},
        "Hi there.\n\nTwo lines.",
    ),
    "one call": (
        {"role": "assistant", "content": "", "tool_calls": [call("read_file", path="a.py")]},
        "<tool_call>\n<function=read_file>\n<parameter=path>\na.py\n</parameter>\n</function>\n"
        "</tool_call>",
    ),
    "text and parallel calls": (
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [call("read_file", path="a.py", start=2), call("list_files", path="src")],
        },
        "Let me look.\n\n<tool_call>\n<function=read_file>\n<parameter=path>\na.py\n</parameter>\n"
        "<parameter=start>\n2\n</parameter>\n</function>\n</tool_call>\n<tool_call>\n"
        "<function=list_files>\n<parameter=path>\nsrc\n</parameter>\n</function>\n</tool_call>",
    ),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS.keys())
@pytest.mark.parametrize("thinking", [True, False], ids=["thinking", "no thinking"])
def test_the_next_prompt_appends_to_what_was_generated(turn, thinking):
    message, generated = turn
    options = {"enable_thinking": thinking, "preserve_thinking": True, "tools": TOOLS}
    prompt = render([SYSTEM, QUESTION], **options)
    reasoning = "Some\nthought." if thinking else ""
    answer = (f"{reasoning}\n</think>\n\n" if thinking else "") + generated + "<|im_end|>"
    follow = (
        [{"role": "tool", "content": "x"}] * len(message["tool_calls"])
        if "tool_calls" in message
        else [{"role": "user", "content": "Next"}]
    )
    history = [SYSTEM, QUESTION, message | {"reasoning_content": reasoning}, *follow]
    text = render(history, **options)
    assert text.startswith(prompt + answer + "\n")
    ids = demo_tokenizer().encode(prompt + answer, add_special_tokens=False)
    assert demo_tokenizer().encode(text, add_special_tokens=False)[: len(ids)] == ids
