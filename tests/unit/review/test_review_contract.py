"""The contract: two lines or OK, whatever the model writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.review.contract import Verdict, guide, parse
from carnice_tui.review.errors import ContractBroken

line = st.text(
    st.characters(blacklist_characters="\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1
).filter(lambda text: text.strip(" \t"))


@given(line, line)
def test_two_lines_are_read_as_they_were_written(bug: str, fix: str):
    assert parse(f"BUG: {bug}\nFIX: {fix}", allow_ok=False) == Verdict(
        bug.strip(" \t"), fix.strip(" \t")
    )


@given(st.text())
def test_any_text_is_a_verdict_of_single_lines_or_refused(text: str):
    try:
        verdict = parse(text, allow_ok=True)
    except ContractBroken:
        return
    if verdict is None:
        assert text.strip(" \t\r\n") == "OK"
    else:
        assert len(verdict.lines().splitlines()) == 2
        assert parse(verdict.lines(), allow_ok=True) == verdict


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "OK",
        "BUG: only one line",
        "FIX: wrong\nBUG: order",
        "BUG: a\nFIX: b\nand more",
        "Sure!\nBUG: a\nFIX: b",
        "BUG:\nFIX: nothing said",
        "BUG: a\n\nFIX: b",
        "```\nBUG: a\nFIX: b\n```",
        "bug: a\nfix: b",
    ],
)
def test_anything_else_breaks_the_contract(answer: str):
    with pytest.raises(ContractBroken):
        parse(answer, allow_ok=False)


def test_windows_line_ends_and_outer_white_space_are_no_part_of_it():
    assert parse(" BUG: a\r\nFIX: b \r\n", allow_ok=False) == Verdict("a", "b")


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_line_ends_of_unicode_that_a_model_spells_in_bytes_break_nothing(end: str):
    verdict = parse(f"BUG: a{end}b\nFIX: {end}", allow_ok=False)
    assert verdict == Verdict("a\u2424b", "\u2424")


def test_the_guide_offers_ok_only_where_a_clean_verdict_is_allowed():
    assert guide(allow_ok=True).alternative == "OK"
    assert guide(allow_ok=False).alternative == ""
