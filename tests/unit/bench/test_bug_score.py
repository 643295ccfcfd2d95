"""Figures of the bugs suite: what counts as a hit, and how sure a share is."""

import pytest

from carnice_tui.bench.bugs.cases import Pair
from carnice_tui.bench.bugs.score import Answer, Outcome, f1, figures, wilson
from carnice_tui.bench.bugs.suite import markdown, run_suite, score, table

SEEN = Answer(True, True, (3, 3), 1.0)
CLEAN = Answer(True, False, None, 1.0)
NOWHERE = Answer(True, True, None, 1.0)


def outcome(buggy: Answer, twin: Answer, *wrong: int) -> Outcome:
    return Outcome(buggy, twin, frozenset(wrong))


def values(*outcomes: Outcome) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures(outcomes)}


def test_a_hit_is_the_wrong_line_or_one_beside_it():
    assert outcome(SEEN, CLEAN, 3).hits(0)
    assert not outcome(SEEN, CLEAN, 4).hits(0)
    assert outcome(SEEN, CLEAN, 4).hits(1)
    assert not outcome(SEEN, CLEAN, 5).hits(1)
    assert not outcome(NOWHERE, CLEAN, 3).hits(1)


def test_a_finder_that_always_sees_a_bug_does_not_win():
    always = [outcome(SEEN, SEEN, 3)] * 4
    right = [outcome(SEEN, CLEAN, 3)] * 4
    assert f1(right) == 1.0
    assert f1(always) == pytest.approx(2 / 3)
    assert f1([outcome(CLEAN, CLEAN, 3)]) == 0.0
    assert values(*always)["false alarms"] == 1.0


def test_the_interval_of_a_share_is_wilsons():
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(5, 5)[1] == 1.0


def test_every_figure_lies_in_its_interval():
    mixed = [outcome(SEEN, CLEAN, 3), outcome(CLEAN, SEEN, 1), outcome(NOWHERE, CLEAN, 2)] * 7
    for figure in figures(mixed):
        assert figure.low <= figure.value <= figure.high


async def test_every_pair_is_asked_about_twice_and_told_in_tables():
    asked: list[str] = []

    async def ask(code: str, language: str) -> Answer:
        asked.append(code)
        return SEEN if "2" in code else CLEAN

    pairs = [Pair("one", "python", "a\nb\n2\n", "a\nb\n1\n")]
    result = score("\x1b[2Jdemo", "ours", await run_suite(ask, pairs))
    assert asked == [pairs[0].buggy, pairs[0].fixed]
    assert "right line ±1" in table(result)
    assert "\x1b" not in table(result) + markdown(result)
    assert "| F1 | 100.0 % | 100.0 % – 100.0 % |" in markdown(result)
