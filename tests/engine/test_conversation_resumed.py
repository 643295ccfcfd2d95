from collections.abc import AsyncIterator

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    ModelLoaded,
    Record,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.conversation import Conversation


class Echo:
    """Answers with one word."""

    model: ModelLoaded | None = None

    async def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        yield AnswerDelta("yes")
        yield TurnFinished("stop")


async def test_a_conversation_whose_file_lost_a_message_gives_no_id_twice() -> None:
    records = [
        Record(0, UserMessage("a"), "m1", ""),
        Record(1, TurnStarted("x"), "m2", "m1"),
        # m3 was in a part of the file that could not be read.
        Record(3, TurnStarted("x"), "m4", "m2"),
    ]
    conversation = Conversation(Echo(), records=records)
    await conversation.say("b")
    assert [node.id for node in conversation.tree.path()] == ["m1", "m2", "m4", "m5", "m6"]
    assert conversation.tree.path()[-1].message().content == "yes"


async def test_ids_of_others_do_not_disturb_the_numbering() -> None:
    records = [Record(0, UserMessage("a"), "m" + "9" * 5000, "")]
    conversation = Conversation(Echo(), records=records)
    await conversation.say("b")
    assert [node.id for node in conversation.tree.path()][1:] == ["m1", "m2"]


async def test_a_clock_that_goes_back_never_takes_the_records_back() -> None:
    times = iter([100.0, 100.5, 90.0, 80.0, 101.0, 50.0, 102.0, 30.0, 20.0, 10.0])
    seen: list[float] = []
    conversation = Conversation(
        Echo(),
        sinks=[lambda record: seen.append(record.t)],
        clock=lambda: next(times),
    )
    await conversation.say("a")
    assert seen == sorted(seen)
    assert len(seen) >= 5
