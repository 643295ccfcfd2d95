"""Who is measured: our engine, plain mlx-lm in a child process, or a server elsewhere.

All are asked the same way and timed by the same clock, that of this process.
"""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from carnice_tui.bench.results import BenchError, WindowFull
from carnice_tui.bench.samples import Sample, gaps_of
from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    FinishReason,
    ModelLoaded,
    Notice,
    ReasoningDelta,
    TurnFinished,
)
from carnice_tui.core.messages import Message, Sampling, ThinkingMode
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import Engine

OURS = "carnice-chat"
"""Who answers where it is the engine of this machine."""

Clock = Callable[[], float]

GREEDY = Sampling(temperature=0)
"""The suites ask greedily: the same model gives the same answer, and speeds can be compared."""


class Subject(Protocol):
    """Something that answers and can be timed."""

    by: str

    async def start(self) -> None:
        """Be ready to answer; loading is not timed."""
        ...

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        thinking: ThinkingMode = "off",
        thinking_budget: int | None = None,
    ) -> Sample:
        """Answer a conversation greedily."""
        ...

    async def close(self) -> None:
        """End."""
        ...


class EngineSubject:
    """An engine with one model: the one of this machine, or one behind an address."""

    def __init__(
        self, engine: Engine, model: str, clock: Clock = time.perf_counter, *, by: str = OURS
    ) -> None:
        self._engine = engine
        self.model = model
        self.by = by
        self._clock = clock

    @property
    def reads_ahead(self) -> bool:
        """Whether `warm` reads anything: a server does not read before it is asked."""
        return self.by == OURS

    async def start(self) -> None:
        """See `Subject.start`.

        Raises:
            BenchError: the model cannot be loaded.
        """
        loaded, problem = False, "it did not load"
        async for event in self._engine.load(self.model):
            if isinstance(event, EngineFailed):
                problem = event.message
            if isinstance(event, ModelLoaded):
                loaded = True
                self.model = event.name  # a server's own, where none was named
        if not loaded:
            raise BenchError(f"{self.model} cannot be measured: {problem}")

    async def warm(self, messages: Sequence[Message]) -> None:
        """Read the prompt as the app does while nobody waits."""
        await self._engine.warm(TurnRequest(tuple(messages), sampling=GREEDY))

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        thinking: ThinkingMode = "off",
        thinking_budget: int | None = None,
    ) -> Sample:
        """See `Subject.ask`.

        Raises:
            WindowFull: the conversation is longer than the model's window.
            BenchError: the turn failed.
        """
        request = TurnRequest(
            tuple(messages),
            thinking=thinking,
            thinking_budget=thinking_budget,
            sampling=GREEDY,
            max_tokens=max_tokens,
        )
        begun = self._clock()
        text: list[str] = []
        arrivals: list[tuple[float, int]] = []
        finished: TurnFinished | None = None
        wall, problem = 0.0, ""
        # To its very end: a turn that is left early counts as broken off.
        async for event in self._engine.turn(request):
            match event:
                case ReasoningDelta(tokens=tokens) | AnswerDelta(tokens=tokens):
                    arrivals.append((self._clock(), tokens))
                    if isinstance(event, AnswerDelta):
                        text.append(event.text)
                case EngineFailed(message=message) | Notice(level="error", text=message):
                    problem = problem or message
                case TurnFinished():
                    wall, finished = self._clock() - begun, event
                case _:
                    pass
        if finished is None:
            raise BenchError(f"{self.model} cannot be measured: its turn had no end.")
        _refuse_failure(self.model, finished.reason, problem)
        stats = finished.stats
        return Sample(
            wall=wall,
            first=stats.time_to_first_token,
            tokens=stats.reasoning_tokens + stats.answer_tokens,
            decode_tps=stats.decode_tps,
            text="".join(text),
            prompt_tokens=stats.prompt_tokens,
            prefilled_tokens=stats.prefilled_tokens,
            gaps=gaps_of(arrivals),
        )

    async def close(self) -> None:
        """See `Subject.close`."""
        await self._engine.close()


def _refuse_failure(model: str, reason: FinishReason, problem: str) -> None:
    told = f"{model} cannot be measured: {problem or f'the turn ended ({reason}).'}"
    if reason == "context-full":
        raise WindowFull(told)
    if problem or reason in ("failed", "cancelled"):
        raise BenchError(told)
