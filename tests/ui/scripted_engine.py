"""An engine that says what it is told to, at a given rate; gates let a test hold it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    LoadProgress,
    ModelLoaded,
    PrefillProgress,
    ReasoningDelta,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.requests import TurnRequest

MODEL = ModelLoaded(
    name="scripted",
    path="/models/scripted",
    model_type="scripted",
    backend="cpu",
    context_window=32_768,
    has_thinking=True,
)


class Gate(asyncio.Event):
    """A place in a script where the engine waits until the test opens it."""


Script = Sequence[Event | Gate]


def answer(text: str, thinking: str = "", *, prompt: int = 100) -> list[Event | Gate]:
    """A whole turn that thinks and says these words, one token a word."""
    tokens = _tokens(text)
    thoughts = _tokens(thinking)
    stats = TurnStats(
        prompt_tokens=prompt,
        cached_tokens=prompt // 2,
        prefilled_tokens=prompt - prompt // 2,
        reasoning_tokens=len(thoughts),
        answer_tokens=len(tokens),
        time_to_first_token=0.25,
        reasoning_time=1.5,
        total_time=4.3,
        decode_tps=45.0,
        context_window=32_768,
    )
    return [
        PrefillProgress(prompt, prompt, prompt // 2),
        *(ReasoningDelta(token) for token in thoughts),
        *(AnswerDelta(token) for token in tokens),
        TurnFinished("stop", stats),
    ]


def _tokens(text: str) -> list[str]:
    words = text.split(" ")
    return [word if not index else f" {word}" for index, word in enumerate(words)] if text else []


class ScriptedEngine:
    """Plays one script a turn, then says that it has no more."""

    def __init__(
        self,
        scripts: Iterable[Script] = (),
        *,
        rate: float = 0.0,
        load: Script = (MODEL,),
        guides: bool = True,
    ) -> None:
        """`rate` in tokens a second; 0 is as fast as it can be."""
        self._scripts = list(scripts)
        self._rate = rate
        self._guides = guides
        self._load = load
        self._model: ModelLoaded | None = None
        self._cancelled = False
        self._waits_at: Gate | None = None
        self.requests: list[TurnRequest] = []
        self.loads: list[str] = []
        self.closed = False
        self.answered_now = 0

    @property
    def model(self) -> ModelLoaded | None:
        return self._model

    @property
    def guides(self) -> bool:
        return self._guides

    async def load(self, model: str) -> AsyncIterator[Event]:
        self.loads.append(model)
        yield LoadProgress("starting")
        async for event in self._play(self._load):
            if isinstance(event, ModelLoaded):
                self._model = event
            yield event

    async def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        self.requests.append(request)
        self._cancelled = False
        script = self._scripts.pop(0) if self._scripts else answer("I have nothing more to say.")
        async for event in self._play(script):
            yield event

    async def _play(self, script: Script) -> AsyncIterator[Event]:
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        for step in script:
            if isinstance(step, Gate):
                self._waits_at = step
                if not self._cancelled:
                    await step.wait()
                self._waits_at = None
                began, sent = loop.time(), 0
                continue
            if self._cancelled and not isinstance(step, TurnFinished):
                yield TurnFinished("cancelled", TurnStats())
                return
            yield step
            sent += 1
            if self._rate:
                due = began + sent / self._rate
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                    continue
            if sent % 16 == 0:
                await asyncio.sleep(0)

    def cancel(self) -> None:
        self._cancelled = True
        if self._waits_at is not None:
            self._waits_at.set()

    def answer_now(self) -> None:
        self.answered_now += 1

    async def warm(self, request: TurnRequest) -> None:
        pass

    async def close(self) -> None:
        self.closed = True
