from collections.abc import AsyncIterator

import pytest

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    FinishReason,
    ModelLoaded,
    ReasoningDelta,
    Record,
    ToolCall,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.messages import Mode, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.tree import MessageTree
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.verify import Verdict, verify


class Says:
    """Answers from a list, and remembers what it was asked."""

    model: ModelLoaded | None = None

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[TurnRequest] = []

    async def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        self.asked.append(request)
        yield ReasoningDelta("hm ")
        yield AnswerDelta(self.answers.pop(0))
        yield TurnFinished("stop")


def recorded(
    answer: str, reason: FinishReason = "stop", seed: int | None = 7, mode: Mode = "chat"
) -> MessageTree:
    started = TurnStarted("m", "on", Sampling(0.6), mode, max_tokens=50)
    return MessageTree(
        [
            Record(0, UserMessage("?"), "m1", ""),
            Record(0, started, "m2", "m1"),
            Record(1, ReasoningDelta("hm "), "m2"),
            Record(1, AnswerDelta(answer), "m2"),
            Record(2, TurnFinished(reason, TurnStats(seed=seed)), "m2"),
        ]
    )


async def asked(tree: MessageTree, engine: Says) -> list[Verdict]:
    return [v async for v in verify(tree, engine, TurnOptions())]


async def test_an_answer_that_comes_again_is_the_same() -> None:
    engine = Says("yes")
    (verdict,) = await asked(recorded("yes"), engine)
    assert verdict.outcome == "same"
    (request,) = engine.asked
    assert (request.sampling.seed, request.max_tokens, request.thinking) == (7, 50, "on")
    assert [message.content for message in request.messages] == ["?"]


async def test_where_answers_part_is_told_to_the_character() -> None:
    (verdict,) = await asked(recorded("yes, but"), Says("yes and"))
    assert (verdict.outcome, verdict.at) == ("parted", len("hm yes"))
    (longer,) = await asked(recorded("yes"), Says("yes!"))
    assert longer.outcome == "parted"


async def test_an_interrupted_answer_is_the_same_as_far_as_it_goes() -> None:
    (verdict,) = await asked(recorded("yes", "cancelled"), Says("yes and more"))
    assert verdict.outcome == "same"


@pytest.mark.parametrize(("mode", "why"), [("bugs", "bug finder"), ("agent", "tools")])
async def test_a_turn_of_another_mode_is_not_asked_as_a_chat(mode: Mode, why: str) -> None:
    engine = Says("BUG: x\nFIX: y")
    (verdict,) = await asked(recorded("BUG: x\nFIX: y", mode=mode), engine)
    assert verdict.outcome == "skipped"
    assert why in verdict.why
    assert engine.asked == []


async def test_what_cannot_be_asked_again_says_why() -> None:
    (unseeded,) = await asked(recorded("yes", seed=None), Says())
    assert unseeded.why == "no seed was recorded"
    (failed,) = await asked(recorded("yes", "failed"), Says())
    assert failed.why == "it failed"
    tree = recorded("yes")
    tree.apply(Record(1, ToolCall("1", "ls", {}), "m2"))
    (tools,) = await asked(tree, Says())
    assert "tools" in tools.why
