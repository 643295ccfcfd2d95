"""One turn: prompt, prefill, decode, and the events of it in order."""

import secrets
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import mlx.core as mx

from carnice_tui.core.events import (
    Event,
    FinishReason,
    Notice,
    PrefillProgress,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import Guide, JsonGuide, TurnRequest
from carnice_tui.engine.worker.checks import snapshot_budget
from carnice_tui.engine.worker.decode import TAIL, Decoder, Draw, prefill
from carnice_tui.engine.worker.guide import GuidedAnswer
from carnice_tui.engine.worker.history import TokenHistory, is_thinking
from carnice_tui.engine.worker.loading import LoadedModel
from carnice_tui.engine.worker.mlxlm import wired_limit
from carnice_tui.engine.worker.prefix import PrefixCache, common_prefix
from carnice_tui.engine.worker.sampling import make_sampler, plain, scored
from carnice_tui.engine.worker.speech import Part, Speech
from carnice_tui.engine.worker.template import TemplateError
from carnice_tui.engine.worker.vocabulary import Vocabulary

WARM_CHUNK = 256
"""Tokens read at once while nobody waits: at 27B about 2 s, the longest a new turn waits for it."""

SEEDS = 2**31 - 1
"""Drawn seeds stay below this, so that they fit wherever they are typed or stored."""


@dataclass
class Control:
    """What the user may say while a turn runs; read between tokens and prefill chunks."""

    cancelled: Callable[[], bool] = lambda: False
    answer_now: Callable[[], bool] = lambda: False


@dataclass
class Clock:
    """When things happened in a turn, in seconds of `time.perf_counter`."""

    arrived: float
    first: float | None = None
    last: float = 0.0
    thought: float = 0.0
    tokens: int = 0

    def tick(self) -> None:
        """One token was given out."""
        self.last = time.perf_counter()
        if self.first is None:
            self.first = self.last
        self.tokens += 1

    @property
    def decode_tps(self) -> float:
        """n - 1 intervals for n tokens."""
        if self.first is None or self.tokens < 2 or self.last <= self.first:
            return 0.0
        return (self.tokens - 1) / (self.last - self.first)


@dataclass
class Turns:
    """Answers requests with one loaded model, one at a time."""

    loaded: LoadedModel
    cache: PrefixCache = field(init=False)
    history: TokenHistory = field(init=False)
    _vocabulary: Vocabulary | None = None

    def __post_init__(self) -> None:
        self.cache = PrefixCache(self.loaded.model, snapshot_budget(self.loaded.info))
        self.history = TokenHistory(self.loaded.template)

    def vocabulary(self, size: int) -> Vocabulary:
        """The vocabulary's masks, for `size` logits."""
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(self.loaded.template, size)
        return self._vocabulary

    def warm(self, request: TurnRequest, interrupted: Callable[[], bool]) -> Iterator[Event]:
        """Read what the next prompt will begin with, until `interrupted` or done."""
        try:
            prompt = self.history.spoken_prefix(request)
        except TemplateError:
            return
        if len(prompt) < 2 or len(prompt) >= self.loaded.info.context_window:
            return
        cached = self.cache.reuse(prompt)
        stops = [common_prefix(self.history.system_prefix(request), prompt), len(prompt)]
        for done in prefill(
            self.loaded.model,
            self.cache,
            prompt[cached:],
            min(WARM_CHUNK, request.prefill_chunk),
            stops,
            interrupted,
        ):
            yield PrefillProgress(done, len(prompt), cached)

    def run(self, request: TurnRequest, control: Control, arrived: float) -> Iterator[Event]:
        """The events of the turn; the last is always `TurnFinished`."""
        window = self.loaded.info.context_window
        if isinstance(request.guide, JsonGuide):
            yield Notice("error", "Answers in JSON schemas are not there yet.")
            yield TurnFinished("failed")
            return
        try:
            prompt = self.history.prompt(request)
        except TemplateError as error:
            yield Notice("error", str(error))
            yield TurnFinished("failed")
            return
        if len(prompt) >= window:
            yield Notice(
                "error",
                f"This conversation is {len(prompt):,} tokens and the window is {window:,}: "
                f"{len(prompt) - window + 1:,} too many. Start a new session, remove an "
                "attachment, or raise context_window in the settings.",
            )
            yield TurnFinished(
                "context-full", TurnStats(prompt_tokens=len(prompt), context_window=window)
            )
            return
        mx.reset_peak_memory()
        with wired_limit(self.loaded.model):
            yield from _Turn(self, request, control, prompt, arrived).events()


class _Turn:
    """A turn under way."""

    def __init__(
        self,
        turns: Turns,
        request: TurnRequest,
        control: Control,
        prompt: list[int],
        arrived: float,
    ) -> None:
        self._turns = turns
        self._cache = turns.cache
        self._template = turns.loaded.template
        self._request = request
        self._control = control
        self._prompt = prompt
        self._clock = Clock(arrived)
        self._seed = _seed(request.sampling.seed)
        self._limit = turns.loaded.generation.limit(request.max_tokens)
        self._cached = 0
        self._exact = True
        self._sampler = make_sampler(turns.loaded.generation.drawing(request.sampling))
        self._decoder = Decoder(turns.loaded.model, turns.cache)
        self._speech = Speech(
            self._template,
            thinking=is_thinking(self._template, prompt),
            stop=request.stop,
            tools=request.tools,
            continued=request.resume and bool(request.messages[-1].content),
        )

    def events(self) -> Iterator[Event]:
        """All events of the turn."""
        mx.random.seed(self._seed)
        yield from self._read_prompt()
        if self._control.cancelled():
            yield self._finished("cancelled")
            return
        self._decoder.feed(self._prompt[len(self._cache.ids) :])
        if isinstance(self._request.guide, Guide):
            reason = yield from self._speak_guided(self._request.guide)
        else:
            reason = yield from self._speak_freely()
        yield from self._speech.finish()
        if reason == "stop" and self._speech.called:
            reason = "tool-calls"
        self._cache.settle()
        self._cache.snapshot()
        self._remember()
        yield self._finished(reason)

    def _read_prompt(self) -> Iterator[Event]:
        prompt, cache = self._prompt, self._cache
        total = len(prompt)
        self._cached = cache.reuse(prompt)
        system = common_prefix(self._turns.history.system_prefix(self._request), prompt)
        asked = self._end_of_question()
        # The last step gives the logits: read it apart, and no longer than it need be.
        end = asked if total - asked <= TAIL and asked < total else total - 1
        end = max(end, self._cached)
        yield PrefillProgress(self._cached, total, self._cached)
        for done in prefill(
            self._turns.loaded.model,
            cache,
            prompt[self._cached : end],
            max(1, self._request.prefill_chunk),
            [system, asked],
            self._control.cancelled,
        ):
            yield PrefillProgress(done, total, self._cached)

    def _end_of_question(self) -> int:
        """Length of the prompt before its closing think block: the same for every mode."""
        prompt, start = self._prompt, self._template.think_start
        for at in range(len(prompt) - 1, max(-1, len(prompt) - 1 - TAIL), -1):
            if prompt[at] == start:
                return at
        return len(prompt) - 1

    def _speak_freely(self) -> Generator[Event, None, FinishReason]:
        """Thinking and answer as the model likes; returns why it ended."""
        draw = plain(self._sampler)
        while True:
            ended = yield from self._speak(draw)
            if ended is not None:
                return ended
            yield from self._close_thinking()

    def _speak_guided(self, guide: Guide) -> Generator[Event, None, FinishReason]:
        """Thinking as the model likes, then an answer that keeps the guide's form."""
        vocabulary = self._turns.vocabulary(self._decoder.vocabulary_size)
        if self._speech.part is Part.REASONING:
            free = scored(self._sampler, vocabulary.not_the_end)
            ended = yield from self._speak(free, until_answer=True)
            if ended not in (None, "length"):
                return ended
            if self._speech.part is Part.REASONING:
                yield from self._close_thinking()
            else:
                self._decoder.feed(self._template.encode("\n\n"))
        answer = GuidedAnswer(
            guide,
            self._decoder,
            self._template,
            vocabulary,
            self._speech,
            self._sampler,
            self._tick,
        )
        reason = yield from answer.events()
        self._exact = answer.exact
        return reason

    def _speak(
        self, draw: Draw, *, until_answer: bool = False
    ) -> Generator[Event, None, FinishReason | None]:
        """Draw on; returns why the turn ended, or None when the think block must be closed
        (or, with `until_answer`, has been)."""
        speech = self._speech
        with closing(self._decoder.stream(draw)) as tokens:
            for drawn in tokens:
                stopped = self._tick()
                if drawn.token in self._template.eos_ids:
                    return "stop"
                was_thinking = speech.part is Part.REASONING
                yield from speech.add(drawn.token)
                if was_thinking and speech.part is not Part.REASONING:
                    self._clock.thought = self._clock.last
                    if until_answer:
                        return None
                if speech.stopped_by_string:
                    return "stop"
                if stopped:
                    return stopped
                if 0 < self._limit <= self._clock.tokens:
                    return "length"
                if speech.part is Part.REASONING and self._must_answer():
                    return None
        return "stop"

    def _close_thinking(self) -> Iterator[Event]:
        """Out of thinking time: close the block on the same cache."""
        yield from self._speech.close_thinking()
        self._decoder.feed(self._template.close_think_ids)
        self._clock.thought = time.perf_counter()

    def _tick(self) -> FinishReason | None:
        """Count a token; says why the turn must end now, if it must."""
        self._clock.tick()
        if self._control.cancelled():
            return "cancelled"
        if len(self._cache.ids) >= self._turns.loaded.info.context_window:
            return "context-full"
        return None

    def _must_answer(self) -> bool:
        budget = self._request.thinking_budget
        spent = budget is not None and self._speech.reasoning_tokens >= budget
        return spent or self._control.answer_now()

    def _remember(self) -> None:
        """Keep the ids of what was said, unless the text that is kept is not all of it."""
        if self._speech.stopped_by_string or not self._exact:
            return
        answer = self._speech.message()
        if self._request.resume:
            begun = self._request.messages[-1]
            answer = Message(
                "assistant",
                begun.content + answer.content,
                reasoning=begun.reasoning + answer.reasoning,
                calls=begun.calls + answer.calls,
            )
        self._turns.history.remember(self._request, answer, self._cache.ids)

    def _finished(self, reason: FinishReason) -> TurnFinished:
        clock, speech = self._clock, self._speech
        now = time.perf_counter()
        thought_until = clock.thought or (now if speech.reasoning_tokens else 0.0)
        return TurnFinished(
            reason,
            TurnStats(
                prompt_tokens=len(self._prompt),
                cached_tokens=self._cached,
                prefilled_tokens=len(self._prompt) - self._cached,
                reasoning_tokens=speech.reasoning_tokens,
                answer_tokens=speech.answer_tokens,
                time_to_first_token=round((clock.first or now) - clock.arrived, 4),
                reasoning_time=round(
                    max(0.0, thought_until - clock.first) if clock.first else 0.0, 4
                ),
                total_time=round(now - clock.arrived, 4),
                decode_tps=round(clock.decode_tps, 2),
                peak_memory=mx.get_peak_memory(),
                context_window=self._turns.loaded.info.context_window,
                seed=self._seed,
            ),
        )


def _seed(wanted: int | None) -> int:
    return wanted if wanted is not None else secrets.randbelow(SEEDS)
