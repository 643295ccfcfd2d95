"""The demo model's tokenizer: nothing is lost, and mlx-lm recognises what it needs."""

from functools import cache
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from mlx_lm.tokenizer_utils import TokenizerWrapper, load

import carnice_tui.models
from carnice_tui.models.demo_training.tokenizer import SPECIAL_TOKENS

DEMO_FOLDER = Path(carnice_tui.models.__file__).parent / "demo"


@cache
def demo_tokenizer() -> TokenizerWrapper:
    return load(DEMO_FOLDER)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_round_trips(text):
    tokenizer = demo_tokenizer()
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False)) == text


def test_each_special_token_is_one_id():
    tokenizer = demo_tokenizer()
    ids = [tokenizer.encode(token, add_special_tokens=False) for token in SPECIAL_TOKENS]
    assert all(len(one) == 1 for one in ids)
    assert tokenizer.eos_token_ids == set(ids[2])


def test_mlx_lm_sees_thinking_and_tool_calls():
    tokenizer = demo_tokenizer()
    assert tokenizer.has_thinking
    assert tokenizer.has_tool_calling
    assert tokenizer.tool_parser.__module__.endswith("qwen3_coder")


@given(st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8}){0,2}", fullmatch=True))
def test_a_name_is_the_same_tokens_in_code_and_in_an_answer(name):
    tokenizer = demo_tokenizer()
    name = f"x{name}x"  # never a keyword
    ids = tokenizer.encode(name, add_special_tokens=False)
    for text in (f"return {name}\n", f"a = {name};", f"call({name}, 1)", f"BUG: `{name}` is"):
        found = tokenizer.encode(text, add_special_tokens=False)
        assert any(found[at : at + len(ids)] == ids for at in range(len(found)))


def test_the_streaming_detokenizer_gives_the_same_text():
    tokenizer = demo_tokenizer()
    text = "Grüße, `naïve_id` = 3 → ok\n\tdone"
    detokenizer = tokenizer.detokenizer
    detokenizer.reset()
    for token in tokenizer.encode(text, add_special_tokens=False):
        detokenizer.add_token(token)
    detokenizer.finalize()
    assert detokenizer.text == text
