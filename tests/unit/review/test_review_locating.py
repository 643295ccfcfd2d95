"""Which line a finding is about, and which of several answers is believed."""

from carnice_tui.review.contract import Verdict
from carnice_tui.review.diffs import changed_files
from carnice_tui.review.locate import (
    line_options,
    piece_place,
    place_by_names,
    place_by_quote,
    place_of_answer,
)
from carnice_tui.review.passage import code_passages
from carnice_tui.review.votes import Ballot, elect, same_bug

CODE = """\
async function load(id) {
  const user = fetchUser(id);
  const cart = await fetchCart(id);
  return { user, cart };
}
"""
(PASSAGE,) = code_passages("a.js", "javascript", CODE, 1000)


def placed(bug: str) -> tuple[int, str] | None:
    verdict = Verdict(bug, "x")
    place = place_by_quote(PASSAGE, verdict) or place_by_names(PASSAGE, verdict)
    return (place.first, place.located) if place else None


def test_a_quoted_line_is_the_line():
    assert placed("`user = fetchUser(id)` is a promise") == (2, "quoted")


def test_code_without_quotes_is_a_quote_too():
    assert placed("fetchUser(id) is not awaited") == (2, "quoted")


def test_the_line_of_a_definition_is_not_meant_by_its_names():
    assert placed("load never checks that id is set") is None


def test_names_that_meet_in_one_line_place_it():
    assert placed("user is set without awaiting fetchUser") == (2, "named")


def test_words_that_fit_several_lines_place_nothing():
    assert placed("id is never checked") is None
    assert placed("something is wrong") is None
    assert placed("`id` may be null") is None


def test_every_line_with_a_name_can_be_answered_once():
    assert line_options(PASSAGE) == tuple(line.strip() for line in CODE.splitlines()[:4])


def test_an_answer_is_found_whatever_its_white_space():
    place = place_of_answer(PASSAGE, "```\n  const  cart = await fetchCart(id);\n```")
    assert place is not None
    assert place.first == 3
    assert place_of_answer(PASSAGE, "no such line") is None
    assert place_of_answer(PASSAGE, "") is None


def test_without_a_line_a_diff_gives_what_was_changed():
    (changed,) = changed_files("--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n a\n+b\n c\n")
    (hunk,) = changed.passages
    assert piece_place(hunk)[:2] == (2, 2)
    assert line_options(hunk) == ("a", "b", "c")
    assert piece_place(PASSAGE) == (1, 5, "piece")


def test_of_equal_lines_in_a_diff_the_added_one_is_meant():
    (changed,) = changed_files("--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n go()\n+go()\n c\n")
    place = place_of_answer(changed.passages[0], "go()")
    assert place is not None
    assert place.first == 2


def test_the_largest_group_of_answers_wins_with_its_surest():
    leak = Verdict("the file is never closed", "close it")
    leak2 = Verdict("the file is not closed", "use with")
    other = Verdict("index starts at one", "start at zero")
    won = elect([Ballot(other, 0.9), Ballot(leak, 0.3), Ballot(leak2, 0.6), Ballot(None, 0.5)])
    assert (won.at, won.votes) == (2, 2)
    assert elect([Ballot(None, None), Ballot(None, None), Ballot(leak, 1.0)]).ballot.verdict is None


def test_the_same_line_is_the_same_bug_in_any_words():
    a, b = Ballot(Verdict("off by one", "x"), 0.1, 3), Ballot(Verdict("wrong bound", "y"), 0.2, 3)
    assert elect([a, b]).votes == 2
    assert not same_bug(Verdict("off by one", ""), Verdict("wrong bound", ""))
