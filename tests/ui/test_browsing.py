"""Going through messages: where one stops, and what is marked as browsed."""

import pytest

from carnice_tui.ui.transcript.browsing import Browsing
from carnice_tui.ui.transcript.card import CardEntry, FoldedEntry, LineEntry
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry, UserEntry
from carnice_tui.ui.transcript.thinking_entry import ThinkingEntry


def card(node: str) -> FoldedEntry:
    return FoldedEntry(node, "Result", "text", "success", shown=1)


@pytest.fixture
def entries() -> list[Entry]:
    """A question; an answer with thinking, words, a tool's card and a footer; a notice."""
    return [
        UserEntry("m1", "why?"),
        ThinkingEntry("m2", "collapsed", "hm"),
        MarkdownEntry("m2", "Because."),
        card("m2"),
        LineEntry("m2", "4 tokens"),
        CardEntry("", "of no message"),
    ]


def test_one_stops_at_each_message_and_at_its_cards(entries: list[Entry]) -> None:
    assert Browsing(entries).stops() == [0, 1, 3]


@pytest.mark.parametrize(("at", "step", "found"), [(3, -1, 1), (1, -1, 0), (0, -1, 0), (1, 1, 3)])
def test_a_step_goes_to_the_stop_beside(
    entries: list[Entry], at: int, step: int, found: int
) -> None:
    browsing = Browsing(entries)
    browsing.at = at
    assert browsing.beside(step) == found


def test_the_first_step_goes_to_the_newest(entries: list[Entry]) -> None:
    assert Browsing(entries).beside(-1) == Browsing(entries).last() == 3


def test_a_message_is_browsed_with_all_of_its_entries_but_its_cards(entries: list[Entry]) -> None:
    browsing = Browsing(entries)
    browsing.at = 1
    assert [i for i in range(len(entries)) if browsing.covers(i)] == [1, 2, 4]


def test_a_card_is_browsed_alone(entries: list[Entry]) -> None:
    browsing = Browsing(entries)
    browsing.at = 3
    assert [i for i in range(len(entries)) if browsing.covers(i)] == [3]


def test_an_empty_thread_has_no_stops() -> None:
    browsing = Browsing([])
    assert browsing.first() is browsing.last() is browsing.beside(1) is browsing.entry is None
    assert browsing.of("m1") == []


def test_what_is_gone_is_browsed_no_more(entries: list[Entry]) -> None:
    browsing = Browsing(entries)
    browsing.at = 5
    del entries[3:]
    assert browsing.entry is None
    assert not any(browsing.covers(i) for i in range(len(entries)))
