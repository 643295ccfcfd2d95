"""An engine that says what a test tells it to, for what no model can be made to say."""

from collections.abc import AsyncIterator, Callable

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Event,
    FinishReason,
    GuideScore,
    ModelLoaded,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.requests import TurnRequest

Say = Callable[[TurnRequest], str | FinishReason | EngineFailed | tuple[str, GuideScore]]


class ScriptedEngine:
    """Answers each request with what `say` returns for it; a finish reason ends it with that."""

    def __init__(self, say: Say, *, guides: bool = True, window: int = 4096) -> None:
        self.say = say
        self.guides = guides
        self.requests: list[TurnRequest] = []
        self.cancelled = False
        self.model: ModelLoaded | None = ModelLoaded("scripted", "", "", "cpu", window)

    async def load(self, model: str) -> AsyncIterator[Event]:
        yield ModelLoaded(model, "", "", "cpu", 4096)

    async def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        self.requests.append(request)
        said = self.say(request)
        stats = TurnStats(prompt_tokens=10, prefilled_tokens=4, cached_tokens=6, answer_tokens=2)
        if self.cancelled:
            yield TurnFinished("cancelled", stats)
        elif isinstance(said, EngineFailed):
            yield said
            yield TurnFinished("failed", stats)
        elif said in ("context-full", "length", "cancelled"):
            yield TurnFinished(said, stats)
        else:
            text, score = said if isinstance(said, tuple) else (said, None)
            for word in text.split(" "):
                yield AnswerDelta(word + " ")
            if score is not None:
                yield score
            yield TurnFinished("stop", stats)

    def cancel(self) -> None:
        self.cancelled = True

    def answer_now(self) -> None:
        raise NotImplementedError

    async def warm(self, request: TurnRequest) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        pass


def asked(request: TurnRequest) -> str:
    """The last thing that was said to the model."""
    return request.messages[-1].content
