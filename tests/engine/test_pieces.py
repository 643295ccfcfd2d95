"""Text is turned into ids piece by piece: they are those of the whole, and none is made twice."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnice_tui.engine.worker import mlxlm
from carnice_tui.engine.worker.pieces import PieceEncoder
from tests.engine.serving import DEMO

END = "<|im_end|>"


class Counted:
    """A tokenizer that notes what it is asked."""

    def __init__(self, tokenizer: mlxlm.Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._tokenizer, name)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        self.asked.append(text)
        return self._tokenizer.encode(text, add_special_tokens=add_special_tokens)


@pytest.fixture(params=["demo", "hybrid"])
def tokenizer(request: pytest.FixtureRequest) -> Counted:
    folder: Path = DEMO if request.param == "demo" else request.getfixturevalue(request.param)
    return Counted(mlxlm.load_tokenizer(folder, None))


pieces = st.sampled_from(
    [END, "<|im_start|>", "<think>", "\n", "\n\n", " ", "  ", "<|im_", "end|>", "é", "the bug", "1"]
) | st.text(max_size=8)


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(text=st.lists(pieces, max_size=20).map("".join))
def test_the_ids_of_the_pieces_are_the_ids_of_the_whole(tokenizer: Counted, text: str):
    encoder = PieceEncoder(tokenizer)
    whole = tokenizer.encode(text, add_special_tokens=False)
    assert encoder.encode(text) == whole
    assert encoder.encode(text) == whole, "looked up"


def test_only_the_new_end_of_a_conversation_is_turned_into_ids(tokenizer: Counted):
    encoder = PieceEncoder(tokenizer)
    said = f"system\nYou find bugs.{END}\nuser\nthe bug{END}\n"
    encoder.encode(said)
    tokenizer.asked.clear()
    encoder.encode(said + f"assistant\nFIX{END}\nassistant\n")
    assert tokenizer.asked == [f"\nassistant\nFIX{END}", "\nassistant\n"]


def test_what_is_remembered_has_a_limit(tokenizer: Counted):
    encoder = PieceEncoder(tokenizer, kept=40)
    for text in ("a" * 30, "b" * 30, "a" * 30):
        encoder.encode(text)
    assert [text[0] for text in tokenizer.asked] == ["a", "b", "a"]
    encoder.encode("c" * 50)
    assert encoder.encode("") == []


@pytest.mark.parametrize(
    ("end", "other"), [("<|im_end|>", "x<|im_end|>"), ("<|im_end|>", "oh<"), ("<e>", "<e>e")]
)
def test_text_is_not_cut_where_another_token_might_lie_across(
    tokenizer: Counted, end: str, other: str
):
    class Token:
        lstrip = rstrip = single_word = normalized = False

        def __init__(self, content: str) -> None:
            self.content = content

    class Crossed(Counted):
        eos_token_ids = {1}  # noqa: RUF012
        added_tokens_decoder = {1: Token(end), 2: Token(other)}  # noqa: RUF012

    crossed = Crossed(tokenizer._tokenizer)
    PieceEncoder(crossed).encode(f"a{end}b")
    assert crossed.asked == [f"a{end}b"]
