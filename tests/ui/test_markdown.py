"""What single pieces of Markdown look like."""

import pytest

from tests.ui.painting import streamed


def test_a_numbered_list_keeps_its_numbers_and_their_sign() -> None:
    assert streamed(["7) seven\n8) eight\n"]) == ["7) seven", "8) eight"]


def test_mathematics_on_lines_of_its_own_keeps_them_and_its_backslashes() -> None:
    source = "\\begin{align}\na &= b_1 * c \\\\\nd &= e_1 * f\n\\end{align}\n"

    assert streamed([source]) == source.splitlines()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a \\[note\\] here", "a [note] here"),
        ("a \\(not so\\) here", "a (not so) here"),
        ("with \\(n\\) and \\[x_1 = 2\\] in it", "with \\(n\\) and \\[x_1 = 2\\] in it"),
        ("\\[ x \\]", "\\[ x \\]"),
    ],
)
def test_escaped_brackets_are_brackets_unless_they_hold_a_formula(source: str, shown: str) -> None:
    assert streamed([source]) == [shown]


def test_a_line_break_of_html_breaks_the_line_also_in_a_cell() -> None:
    assert streamed(["one<br>two"]) == ["one", "two"]
    rows = streamed(["| a | b |\n|---|---|\n| one<br/>two | 3 |\n"])
    assert rows[2:] == ["one │ 3", "two │"]


def test_words_in_a_table_stay_whole_where_there_is_room_for_them() -> None:
    source = (
        "| name | description of it |\n|---|---|\n"
        f"| parse_the_file | {'reads and parses it ' * 9} |\n"
        f"| {'some more of these ' * 9} | x |\n"
    )

    assert any(line.startswith("parse_the_file ") for line in streamed([source], 40))


def test_a_table_too_wide_for_the_screen_tells_each_row_under_its_headings() -> None:
    head = "".join(f"| h{n} " for n in range(9)) + "|\n" + "|---" * 9 + "|\n"
    rows = "".join("".join(f"| {row}{n} " for n in range(9)) + "|\n" for row in "ab")
    lines = streamed([head + rows], 40)

    assert lines[:3] == ["────────", "h0: a0", "h1: a1"]
    assert lines[10:12] == ["────────", "h0: b0"]


@pytest.mark.parametrize(
    "formula",
    [
        "$$\n- a\n+ b\n= c\n$$",
        "\\[\n1. x\n===\n# y\n\\]",
        "\\begin{aligned}\n> a \\\\\n- b\n\\end{aligned}",
        "$$ x_1 =\n- b\n$$",
    ],
)
def test_lines_of_a_formula_are_no_lists_quotes_or_headings(formula: str) -> None:
    assert streamed([f"Before\n{formula}\nAfter"]) == [
        "Before",
        "",
        *formula.split("\n"),
        "",
        "After",
    ]
    nested = "\n".join(f"  {line}" for line in formula.split("\n"))
    assert streamed([f"- item\n\n{nested}\n"])[2:] == nested.split("\n")


def test_a_formula_that_is_never_closed_ends_at_an_empty_line() -> None:
    assert streamed(["$$\na\n- b\n\n- item\n"]) == ["$$", "a", "- b", "", "• item"]


def test_dollars_at_the_beginning_of_a_line_are_no_formula_by_themselves() -> None:
    assert streamed(["$$ is the process id\n- item\n"]) == ["$$ is the process id", "", "• item"]
    assert streamed(["sum $$ a\nb\n$$\n- item\n"])[-1] == "• item"


def test_footnotes_stand_on_lines_of_their_own_and_are_no_targets_of_links() -> None:
    source = "See[^1] and[^b].\n\n[^1]: Once\n[^b]: Some *more* of it\nthat goes on\n"

    assert streamed([source]) == [
        "See[^1] and[^b].",
        "",
        "[^1]: Once",
        "[^b]: Some more of it that goes on",
    ]
