"""The recordings that ship with the app: whole, marked as what they are, and of no machine."""

import pytest

from carnice_tui.cli.examples import EXAMPLES
from carnice_tui.core.events import BugFound, ReasoningDelta, TurnFinished
from carnice_tui.sessions.listing import SessionInfo, shipped_sessions
from carnice_tui.sessions.read import read_session


@pytest.mark.parametrize("info", shipped_sessions(), ids=lambda info: info.id)
def test_an_example_reads_whole_and_says_where_it_comes_from(info: SessionInfo) -> None:
    session = read_session(info.path)
    assert session.problems == []
    assert session.header.note
    assert session.header.cwd == ""
    assert isinstance(session.records[-1].event, TurnFinished) or session.tree().title
    assert all(node.finished for node in session.tree().turns())


def test_every_example_that_can_be_recorded_is_there() -> None:
    assert {example.name for example in EXAMPLES} <= {info.id for info in shipped_sessions()}


def test_one_shows_thinking_and_one_what_the_bug_finder_found() -> None:
    events = {
        info.id: [record.event for record in read_session(info.path).records]
        for info in shipped_sessions()
    }
    assert any(isinstance(event, ReasoningDelta) for event in events["thinking"])
    found = [event.finding.path for event in events["bug-hunt"] if isinstance(event, BugFound)]
    assert len(set(found)) >= 2
