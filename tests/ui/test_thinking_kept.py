"""What was thought is shown again with its tokens and seconds, however the turn came to its end."""

from collections.abc import Sequence

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    PrefillProgress,
    ReasoningDelta,
    Record,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.tree import MessageTree
from carnice_tui.ui.transcript.card import FooterEntry, LineEntry
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.thinking_entry import ThinkingEntry
from carnice_tui.ui.transcript.thread import Thread

THOUGHT = [ReasoningDelta("let "), ReasoningDelta("me "), ReasoningDelta("see")]
SAID = [AnswerDelta("Yes"), AnswerDelta(".")]


def end(reason: str = "stop", tokens: int = 0, seconds: float = 0.0) -> TurnFinished:
    """The end of a turn with the engine's figures of its thinking."""
    return TurnFinished(reason, TurnStats(reasoning_tokens=tokens, reasoning_time=seconds))


def records_of(*events: Event) -> list[Record]:
    """A turn of these, a second between any two."""
    opened = [
        Record(0, UserMessage("go"), "m1", ""),
        Record(1, TurnStarted("m"), "m2", "m1"),
    ]
    return opened + [Record(2 + at, event, "m2") for at, event in enumerate(events)]


def both(records: Sequence[Record]) -> tuple[Thread, Thread]:
    """As it was seen live, and as it is shown again."""
    live, tree = Thread(), MessageTree()
    for record in records:
        tree.apply(record)
        live.apply(record)
    again = Thread()
    again.show(tree)
    return live, again


def of_kind(thread: Thread, kind: type[Entry]) -> list[Entry]:
    """The entries of a thread that are of `kind`."""
    return [entry for entry in thread.entries if isinstance(entry, kind)]


def titles(thread: Thread) -> list[str]:
    """The lines that stand for what was thought."""
    return [entry.title() for entry in of_kind(thread, ThinkingEntry)]


CASES = {
    "whole": ([*THOUGHT, *SAID, end(tokens=3, seconds=1.5)], "Thought · 3 tokens · 1.5 s"),
    "no figures": ([*THOUGHT, *SAID, end()], "Thought · 3 tokens · 3.0 s"),
    "cut in the answer": (
        [*THOUGHT, *SAID, end("length", 3, 1.5), PrefillProgress(1, 1), *SAID, end()],
        "Thought · 3 tokens · 1.5 s",
    ),
    "cut in the thinking": (
        [
            *THOUGHT,
            end("cancelled", 3, 1.5),
            PrefillProgress(1, 1),
            *THOUGHT,
            *SAID,
            end("stop", 3, 1),
        ],
        "Thought · 6 tokens · 2.5 s",
    ),
    "answered after a cut": (
        [*THOUGHT, end("cancelled", 3, 1.5), PrefillProgress(1, 1), *SAID, end()],
        "Thought · 3 tokens · 1.5 s",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_thinking_keeps_its_figures(case: str) -> None:
    events, title = CASES[case]
    for thread in both(records_of(*events)):
        assert titles(thread) == [title]
        assert len(of_kind(thread, FooterEntry)) == 1
        assert isinstance(thread.entries[-1], FooterEntry)


@pytest.mark.parametrize("events", [THOUGHT, [*THOUGHT, *SAID], [PrefillProgress(1, 9)]])
def test_a_turn_that_ended_with_the_app_is_shown_as_interrupted(events: list[Event]) -> None:
    _, again = both(records_of(*events))
    again.settle()

    assert all(title.startswith("Thought · 3 tokens") for title in titles(again))
    lines = [entry.source for entry in of_kind(again, LineEntry)]
    assert len(lines) == 1
    assert lines[0].startswith("interrupted")


def test_a_turn_that_is_whole_needs_no_settling() -> None:
    _, again = both(records_of(*THOUGHT, *SAID, end()))
    before = list(again.entries)
    again.settle()

    assert again.entries == before
