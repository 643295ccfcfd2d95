"""One question to an engine and its whole answer, with what went wrong as an exception."""

from collections.abc import Callable
from dataclasses import dataclass, field

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    FinishReason,
    GuideScore,
    Notice,
    ReasoningDelta,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import Engine, EngineError

Watcher = Callable[[Event], None]
"""Sees every event as it comes: for progress, for the app's cards, for a session file."""


class ContextFull(EngineError):
    """The question does not fit the window."""


class Cut(EngineError):
    """The answer ended at its limit; `text` is what there is of it."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


class Interrupted(Exception):
    """The user stopped the turn."""


@dataclass(frozen=True)
class Answer:
    """What the model said. `score` is None where the engine gives no probabilities."""

    text: str
    reasoning: str = ""
    score: GuideScore | None = None
    stats: TurnStats = field(default_factory=TurnStats)

    def message(self) -> Message:
        """The answer as the next prompt holds it."""
        return Message("assistant", self.text, reasoning=self.reasoning)


async def ask(engine: Engine, request: TurnRequest, watch: Watcher = lambda _: None) -> Answer:
    """Ask and wait for the whole answer.

    Raises:
        ContextFull: the question is longer than the window.
        Cut: the answer ran into its limit.
        EngineError: the engine failed.
        Interrupted: the turn was cancelled.
    """
    text: list[str] = []
    reasoning: list[str] = []
    score: GuideScore | None = None
    failure = trouble = ""
    finished = TurnFinished("failed")
    async for event in engine.turn(request):
        watch(event)
        match event:
            case AnswerDelta(text=more):
                text.append(more)
            case ReasoningDelta(text=more):
                reasoning.append(more)
            case GuideScore():
                score = event
            case EngineFailed(message=message):
                failure = message
            case Notice(level="error", text=message):
                trouble = message
            case TurnFinished():
                finished = event
            case _:
                pass
    answer = Answer("".join(text), "".join(reasoning), score, finished.stats)
    _check(finished.reason, failure or trouble, answer)
    return answer


def _check(reason: FinishReason, problem: str, answer: Answer) -> None:
    match reason:
        case "stop" | "tool-calls":
            return
        case "cancelled":
            raise Interrupted
        case "context-full" if not answer.text:
            raise ContextFull(problem or "It does not fit the context window.")
        case "length" | "context-full":
            spent = answer.stats.reasoning_tokens
            why = f" ({spent:,} tokens went into thinking)" if spent else ""
            raise Cut(f"the answer was cut at its limit{why}: raise --max-tokens", answer.text)
        case "failed":
            raise EngineError(problem or "The engine failed.")
