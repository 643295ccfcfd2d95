"""The recordings that ship with the app: whole, marked as what they are, and of no machine."""

import pytest

from carnice_tui.cli.examples import EXAMPLES
from carnice_tui.core.events import (
    ApprovalGiven,
    BugFound,
    ReasoningDelta,
    ToolCall,
    ToolResult,
    TurnFinished,
)
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


def test_one_shows_an_agent_that_asks_is_allowed_and_is_refused() -> None:
    (info,) = (info for info in shipped_sessions() if info.id == "agent-run")
    session = read_session(info.path)
    events = [record.event for record in session.records]
    edits = {e.id for e in events if isinstance(e, ToolCall) and e.name == "edit_file"}
    given = {e.call_id: e.answer for e in events if isinstance(e, ApprovalGiven)}
    results = {e.call_id: e.failed for e in events if isinstance(e, ToolResult)}
    assert any(given.get(call) == "once" and not results[call] for call in edits)
    refused = [call for call, answer in given.items() if answer == "no"]
    assert refused
    assert all(results[call] for call in refused)


def test_no_example_tells_of_the_machine_it_was_recorded_on() -> None:
    for info in shipped_sessions():
        data = info.path.read_bytes()
        roots = (b"/tmp/", b"/home/", b"/var/folders/", b"/work/")
        assert not [root for root in roots if root in data]
