"""Cards: what they say, what their keys do, and that a session shown again has the same ones."""

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalGiven,
    PrefillProgress,
    Record,
    ToolCall,
    ToolResult,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.tree import MessageTree
from carnice_tui.ui.transcript.card import FooterEntry
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry
from carnice_tui.ui.transcript.thread import Thread
from tests.ui import card_scripts
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import Gate, Script
from tests.ui.watching import say, screen_text, sees, sees_no, until

TALL = (100, 60)


@pytest.mark.parametrize(
    ("key", "answer", "title"),
    [
        ("alt+a", "once", "Allowed once"),
        ("alt+l", "session", "Allowed for this session"),
        ("alt+w", "always", "Always allowed"),
        ("alt+d", "no", "Refused"),
    ],
)
async def test_a_question_of_the_agent_is_answered_with_a_key(
    key: str, answer: str, title: str, make_app: MakeApp
) -> None:
    gate = Gate()
    app = make_app(card_scripts.approvals(gate))
    given: list[ApprovalGiven] = []

    def note(record: Record) -> None:
        if isinstance(record.event, ApprovalGiven):
            given.append(record.event)

    app.chat.session.conversation.sinks.append(note)
    async with app.run_test(size=TALL) as pilot:
        await say(pilot, "go")
        await sees(pilot, "Run `make test`")
        await sees(pilot, "waits for your yes or no")
        given.clear()
        await pilot.press("d", "x", key)  # what is typed answers nothing, but says why not
        await sees_no(pilot, "Allow this?")
        reason = "dx" if answer == "no" else ""
        assert given == [ApprovalGiven("3", answer, reason)]
        assert screen_text(pilot).count(title) >= 1
        gate.set()
        await sees(pilot, "22.5 tok/s")


async def test_a_question_that_nobody_answered_says_so(make_app: MakeApp) -> None:
    gate = Gate()
    async with make_app(card_scripts.approvals(gate)).run_test(size=TALL) as pilot:
        await say(pilot, "go")
        await sees(pilot, "Allow this?")
        gate.set()
        await sees(pilot, "Not answered")


async def test_a_long_result_is_folded_and_unfolds_with_a_key(make_app: MakeApp) -> None:
    app = make_app(card_scripts.TOOLS)
    async with app.run_test(size=TALL) as pilot:
        await say(pilot, "go")
        await sees(pilot, "18 more lines")
        await sees(pilot, "called tools")
        await pilot.press("ctrl+b", "up", "up", "space")
        await until(pilot, lambda: "more lines" not in screen_text(pilot))
        await pilot.press("ctrl+home")
        await sees(pilot, "line 30")


@pytest.mark.parametrize(
    "script",
    [
        card_scripts.PATCH,
        card_scripts.TROUBLE,
        [step for step in card_scripts.approvals(Gate()) if not isinstance(step, Gate)],
        [step for step in card_scripts.review(Gate()) if not isinstance(step, Gate)],
    ],
    ids=["patch", "trouble", "approvals", "review"],
)
async def test_a_session_shown_again_has_the_cards_that_were_seen(
    script: Script, make_app: MakeApp
) -> None:
    records: list[Record] = []
    app = make_app(script)
    app.chat.session.conversation.sinks.append(records.append)
    async with app.run_test(size=TALL) as pilot:
        await say(pilot, "go")
        await until(pilot, lambda: app.chat.session.state == "ready" and len(records) > 3)
        await until(pilot, lambda: not app.chat.feed.waits)
        seen = [(type(entry), entry.source) for entry in app.chat.thread.entries]

    again = Thread()
    again.show(MessageTree(records))
    assert [(type(entry), entry.source) for entry in again.entries] == seen


def test_the_tools_of_an_agent_are_shown_again_in_the_order_they_were_used() -> None:
    called = TurnFinished("tool-calls", card_scripts.STATS)
    records = [
        Record(0, UserMessage("go"), "m1", ""),
        Record(1, TurnStarted("m"), "m2", "m1"),
        Record(2, AnswerDelta("I will "), "m2"),
        Record(3, AnswerDelta("read it."), "m2"),
        Record(4, ToolCall("1", "read", {"path": "a"}), "m2"),
        Record(5, called, "m2"),
        Record(6, ToolResult("1", "x"), "m3", "m2"),
        Record(7, TurnStarted("m"), "m4", "m3"),
        Record(8, AnswerDelta("It says x."), "m4"),
        Record(9, TurnFinished("stop", card_scripts.STATS), "m4"),
    ]
    live, tree = Thread(), MessageTree()
    for record in records:
        tree.apply(record)
        live.apply(record)
    again = Thread()
    again.show(tree)
    shown = [(type(entry), entry.source) for entry in again.entries]
    assert shown == [(type(entry), entry.source) for entry in live.entries]
    assert [source for _, source in shown if source in ("I will read it.", "path: a", "x")] == [
        "I will read it.",
        "path: a",
        "x",
    ]


def test_the_footer_of_an_answer_that_was_continued_tells_of_all_of_it() -> None:
    first = TurnStats(
        prompt_tokens=100, cached_tokens=60, prefilled_tokens=40, reasoning_tokens=1,
        answer_tokens=10, time_to_first_token=0.5, total_time=1.5, decode_tps=10.0,
    )  # fmt: skip
    rest = TurnStats(
        prompt_tokens=111, cached_tokens=111, answer_tokens=31, time_to_first_token=0.1,
        total_time=1.0, decode_tps=30.0,
    )  # fmt: skip
    records = [
        Record(0, UserMessage("go"), "m1", ""),
        Record(0, TurnStarted("m"), "m2", "m1"),
        Record(1, AnswerDelta("One,"), "m2"),
        Record(2, TurnFinished("length", first), "m2"),
        Record(30, AnswerDelta(" two."), "m2"),
        Record(31, TurnFinished("stop", rest), "m2"),
    ]
    live, tree, again = Thread(), MessageTree(), Thread()
    live.show(tree)
    for record in records:
        tree.apply(record)
        live.apply(record)
    again.show(tree)
    for thread in (live, again):
        (footer,) = (entry for entry in thread.entries if isinstance(entry, FooterEntry))
        assert footer.source == (
            "20.0 tok/s · first token 0.50 s · prompt 100 (60 cached, 40 read) · 42 tokens · 2.5 s"
        )


def test_an_answer_to_which_nothing_was_added_has_one_footer() -> None:
    live, tree = Thread(), MessageTree()
    live.show(tree)
    for record in (
        Record(0, UserMessage("go"), "m1", ""),
        Record(0, TurnStarted("m"), "m2", "m1"),
        Record(1, AnswerDelta("One,"), "m2"),
        Record(2, TurnFinished("length", TurnStats(answer_tokens=1)), "m2"),
        Record(3, PrefillProgress(1, 1), "m2"),
        Record(4, TurnFinished("cancelled"), "m2"),
    ):
        tree.apply(record)
        live.apply(record)
    (footer,) = (entry for entry in live.entries if isinstance(entry, FooterEntry))
    assert footer.source == "interrupted · 1 token"


def test_an_answer_that_is_continued_is_one_piece_also_across_a_fence() -> None:
    cut, done = TurnFinished("length", TurnStats()), TurnFinished("stop", TurnStats())
    records = [
        Record(0, UserMessage("go"), "m1", ""),
        Record(1, TurnStarted("m"), "m2", "m1"),
        Record(2, AnswerDelta("```python\nx ="), "m2"),
        Record(3, cut, "m2"),
        Record(4, PrefillProgress(1, 1), "m2"),
        Record(5, AnswerDelta(" 1\n```\n"), "m2"),
        Record(6, done, "m2"),
    ]
    live, tree = Thread(), MessageTree()
    for record in records:
        tree.apply(record)
        live.apply(record)
    again = Thread()
    again.show(tree)
    for thread in (live, again):
        answers = [e for e in thread.entries if isinstance(e, MarkdownEntry) and e.node == "m2"]
        assert [answer.source.strip() for answer in answers] == ["```python\nx = 1\n```"]
        assert len([e for e in thread.entries if isinstance(e, FooterEntry)]) == 1
