"""Conversations to write and read in the tests of sessions."""

from carnice_tui.core.events import (
    AnswerDelta,
    ReasoningDelta,
    Record,
    SystemMessage,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)


def turn(number: int, tokens: int = 5, parent: str = "") -> list[Record]:
    """A question and its answer; messages are m<2n-1> and m<2n>."""
    asked, said = f"m{2 * number - 1}", f"m{2 * number}"
    t = float(number * 10)
    return [
        Record(t, UserMessage(f"question {number}"), asked, parent),
        Record(t, TurnStarted("demo", "on"), said, asked),
        Record(t + 0.5, ReasoningDelta("hm"), said),
        *(Record(t + 1 + i / 100, AnswerDelta(f" word{i}"), said) for i in range(tokens)),
        Record(t + 5, TurnFinished("stop", TurnStats(answer_tokens=tokens)), said),
    ]


def conversation(turns: int = 2) -> list[Record]:
    """A titled session of some turns under a system message."""
    records = [Record(0.0, SystemMessage("be brief"), "m0", "")]
    parent = "m0"
    for number in range(1, turns + 1):
        records += turn(number, parent=parent)
        parent = f"m{2 * number}"
        if number == 1:
            records.insert(2, Record(10.0, TitleChanged("question 1")))
    return records
