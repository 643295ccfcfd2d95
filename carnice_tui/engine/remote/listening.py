"""One streamed answer: chunks to events, and the figures of the turn."""

import time
from collections.abc import Iterator

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    FinishReason,
    ReasoningDelta,
    TokenLogprob,
    ToolCall,
    TurnStats,
)
from carnice_tui.engine.remote.calls import Calls
from carnice_tui.engine.remote.chunks import Choice, Chunk, Usage
from carnice_tui.engine.remote.think import InlineThinking

_REASONS: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool-calls",
    "function_call": "tool-calls",
}


class Listening:
    """Takes the chunks of one answer. Times are in seconds of `time.perf_counter`."""

    def __init__(
        self, asked_at: float, context_window: int, seed: int | None, *, continued: bool = False
    ) -> None:
        """`continued`: the answer goes on in the middle of a text."""
        self._asked_at = asked_at
        self._window = context_window
        self._seed = seed
        self._inline = InlineThinking()
        self._calls = Calls()
        self._usage = Usage()
        self._first = self._last = self._thought = 0.0
        self._reasoning = self._answer = 0
        self._thoughts: list[str] = []
        self._closed = 0
        self._said = continued
        self._called = False
        self._reason = ""

    @property
    def finished(self) -> bool:
        """Whether the server said why it ended."""
        return bool(self._reason)

    @property
    def begun(self) -> bool:
        """Whether anything of the answer has come."""
        return self._first > 0

    @property
    def drawn(self) -> int:
        """Tokens that have come, if each came by itself: at least so many."""
        return self._reasoning + self._answer

    def close_thought(self) -> str:
        """What was thought. The rest comes in a stream of its own, which counts as its prompt
        what was drawn so far."""
        self._closed = self.drawn
        return "".join(self._thoughts)

    def chunk(self, chunk: Chunk) -> Iterator[Event]:
        """The events of one more chunk."""
        if chunk.usage is not None:
            self._usage = chunk.usage
        for choice in (chunk.choices or ())[:1]:
            yield from self._choice(choice)

    def finish(self) -> Iterator[Event]:
        """The events of what was held back, at the end of the answer."""
        yield from self._told(*self._inline.finish(), ())
        for call in self._calls.finish():
            self._called = self._called or isinstance(call, ToolCall)
            yield call

    def reason(self) -> FinishReason:
        """Why the answer ended."""
        if self._called:
            return "tool-calls"
        reason = _REASONS.get(self._reason, "stop")
        return "stop" if reason == "tool-calls" else reason

    def stats(self) -> TurnStats:
        """The figures: the server's counts where it gives them, else one token a chunk."""
        now = time.perf_counter()
        usage, first = self._usage, self._first or now
        prompt = max(0, (usage.prompt_tokens or 0) - self._closed)
        cached = _known(usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens)
        drawn = self._closed + (usage.completion_tokens or self.drawn - self._closed)
        counted = usage.completion_tokens_details
        thought = self._closed + _known(counted and counted.reasoning_tokens)
        reasoning = min(drawn, thought or self._reasoning)
        seconds = self._last - first
        return TurnStats(
            prompt_tokens=prompt,
            cached_tokens=min(cached, prompt),
            prefilled_tokens=prompt - min(cached, prompt),
            reasoning_tokens=reasoning,
            answer_tokens=drawn - reasoning,
            time_to_first_token=round(first - self._asked_at, 4),
            reasoning_time=round(max(0.0, self._thought - first), 4) if self._thought else 0.0,
            total_time=round(now - self._asked_at, 4),
            decode_tps=round((drawn - 1) / seconds, 2) if drawn > 1 and seconds > 0 else 0.0,
            context_window=self._window,
            seed=self._seed,
        )

    def _choice(self, choice: Choice) -> Iterator[Event]:
        delta = choice.delta or choice.message
        if delta is not None:
            if thinking := delta.reasoning or delta.reasoning_content:
                yield from self._thinking(thinking)
            if delta.content:
                parts = self._inline.feed(delta.content)
                yield from self._told(*parts, choice.scores())
            for part in delta.tool_calls or ():
                self._tick()
                yield from self._calls.add(part)
        elif choice.text:
            self._answer += 1
            self._tick()
            yield AnswerDelta(choice.text, 1, choice.scores())
        self._reason = choice.finish_reason or self._reason

    def _told(
        self, thinking: str, answer: str, scores: tuple[TokenLogprob, ...]
    ) -> Iterator[Event]:
        if thinking:
            yield from self._thinking(thinking)
        if answer and not self._said:
            answer = answer.lstrip("\n")  # the template's own newlines after a think block
        if answer:
            self._said = True
            self._answer += 1
            self._tick()
            yield AnswerDelta(answer, 1, scores)

    def _thinking(self, text: str) -> Iterator[Event]:
        self._reasoning += 1
        self._tick()
        self._thought = self._last
        self._thoughts.append(text)
        yield ReasoningDelta(text)

    def _tick(self) -> None:
        self._last = time.perf_counter()
        self._first = self._first or self._last


def _known(count: int | None) -> int:
    return max(0, count or 0)
