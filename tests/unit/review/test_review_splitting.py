"""Long sources in pieces, and the definitions around a line."""

from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.review.passage import code_passages
from carnice_tui.review.split import split, split_lines
from carnice_tui.review.symbols import enclosing_symbol

lines = st.lists(
    st.sampled_from(["def f():", "    return 1", "", "class A:", "  x = 'y'", "}", "\tz\r", "é"])
)

PYTHON = """\
import os


# Adds things.
@cached
def add(a, b):
    return a + b


class Cart:
    def total(self):
        if self.items:
            return sum(self.items)

    def clear(self):
        self.items = []
"""


@given(lines, st.integers(8, 60), st.booleans())
def test_the_pieces_are_the_source_again(parts: list[str], budget: int, ends: bool):
    text = "\n".join(parts) + ("\n" if ends else "")
    pieces = split(text, budget)
    assert "".join(piece.text for piece in pieces) == text
    number = 1
    for piece in pieces:
        assert piece.first_line == number
        assert len(piece.text) <= budget or piece.text.count("\n") <= 1
        number += piece.text.count("\n")


@given(st.text(max_size=300), st.integers(1, 40))
def test_no_line_is_lost_or_renumbered(text: str, budget: int):
    shown = [
        (line.number, line.text)
        for passage in code_passages("a", "", text, budget)
        for line in passage.lines
    ]
    source = dict(enumerate(split_lines(text), 1))
    assert all(source[number] == line for number, line in shown)
    assert {n for n, line in source.items() if line.strip()} <= {n for n, _ in shown}


def test_a_source_is_cut_before_a_definition_with_what_belongs_to_it():
    pieces = split(PYTHON, 130)
    assert [piece.text.splitlines()[0] for piece in pieces] == [
        "import os",
        "class Cart:",
        "    def clear(self):",
    ]
    assert split(PYTHON, 60)[1].text.startswith("# Adds things.\n@cached\ndef add")


def test_one_long_line_stays_whole():
    assert [piece.text for piece in split("x" * 50 + "\ny\n", 10)] == ["x" * 50 + "\n", "y\n"]


def test_the_enclosing_symbol_names_every_level():
    source = PYTHON.splitlines()
    assert enclosing_symbol(source, 13) == "Cart.total"
    assert enclosing_symbol(source, 16) == "Cart.clear"
    assert enclosing_symbol(source, 7) == "add"
    assert enclosing_symbol(source, 1) == ""


def test_other_languages_have_symbols_too():
    for code, symbol in [
        ("func (c *Cart) Total() int {\n\treturn 1\n}", "Total"),
        ("impl Cart {\n    pub fn total(&self) -> i32 {\n        1\n    }\n}", "Cart.total"),
        ("static int total(const int *a, int n)\n{\n    return n;\n}", "total"),
        ("export const total = async (a) => {\n  return a\n}", "total"),
        ("class Cart {\n  total(items) {\n    return 1\n  }\n}", "Cart.total"),
    ]:
        source = code.splitlines()
        at = next(
            n
            for n, line in enumerate(source, 1)
            if line.strip().strip(";") in {"return 1", "1", "return n", "return a"}
        )
        assert enclosing_symbol(source, at) == symbol
