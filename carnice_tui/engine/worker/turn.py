"""One turn: prompt, prefill, decode, and the events of it in order."""

import secrets
import time
from collections.abc import Callable, Iterator
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
from carnice_tui.core.requests import JsonGuide, TurnRequest
from carnice_tui.engine.schema import schema_problem
from carnice_tui.engine.worker import blas
from carnice_tui.engine.worker.caches import Caches
from carnice_tui.engine.worker.checks import resting_budget, snapshot_budget
from carnice_tui.engine.worker.clock import Clock, Control
from carnice_tui.engine.worker.decode import TAIL, Decoder, prefill
from carnice_tui.engine.worker.history import TokenHistory, is_thinking
from carnice_tui.engine.worker.jsonguide import SchemaRefused
from carnice_tui.engine.worker.loading import LoadedModel
from carnice_tui.engine.worker.mlxlm import wired_limit
from carnice_tui.engine.worker.prefix import PrefixCache, common_prefix
from carnice_tui.engine.worker.prefixfile import PrefixFiles
from carnice_tui.engine.worker.speaking import Speaking
from carnice_tui.engine.worker.speech import Speech
from carnice_tui.engine.worker.template import TemplateError
from carnice_tui.engine.worker.vocabulary import Vocabulary

WARM_CHUNK = 256
"""Tokens read at once while nobody waits: at 27B about 2 s, the longest a new turn waits for it."""

SEEDS = 2**31 - 1
"""Drawn seeds stay below this, so that they fit wherever they are typed or stored."""


@dataclass
class Turns:
    """Answers requests with one loaded model, one at a time."""

    loaded: LoadedModel
    files: PrefixFiles | None = None
    caches: Caches = field(init=False)
    history: TokenHistory = field(init=False)
    _vocabulary: Vocabulary | None = None

    def __post_init__(self) -> None:
        info = self.loaded.info
        self.caches = Caches(
            self.loaded.model, snapshot_budget(info), resting_budget(info), self.files
        )
        self.history = TokenHistory(self.loaded.template)

    @property
    def cache(self) -> PrefixCache:
        """The cache of the conversation that answers."""
        return self.caches.live

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
        cached = self.caches.take(prompt)
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
        try:
            _refuse_impossible(request)
            prompt = self.history.prompt(request)
            if not prompt:
                raise TemplateError("The model's chat template makes nothing of the conversation.")
        except (SchemaRefused, TemplateError) as error:
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
        self._troubles: list[str] = []
        self._cached = turns.caches.take(prompt, self._troubles.append)
        self._cache = turns.cache
        self._template = turns.loaded.template
        self._request = request
        self._control = control
        self._prompt = prompt
        self._clock = Clock(arrived)
        self._system = 0
        self._seed = _seed(request.sampling.seed)
        self._decoder = Decoder(turns.loaded.model, self._cache)
        self._speech = Speech(
            self._template,
            thinking=request.text is None and is_thinking(self._template, prompt),
            stop=request.stop if request.guide is None else (),
            tools=request.tools,
            continued=_is_continued(request),
            sorted_out=request.text is None,
        )
        self._speaking = Speaking(
            request,
            turns.loaded,
            self._cache,
            self._decoder,
            self._speech,
            self._clock,
            control,
            turns.vocabulary,
        )

    def events(self) -> Iterator[Event]:
        """All events of the turn."""
        mx.random.seed(self._seed)
        yield from self._read_prompt()
        if self._control.cancelled():
            yield self._finished("cancelled")
            return
        with blas.few_threads(self._turns.loaded.info.weight_bytes):
            self._decoder.feed(self._prompt[len(self._cache.ids) :])
            reason = yield from self._speaking.events()
        yield from self._speech.finish()
        if reason == "stop" and self._speech.called:
            reason = "tool-calls"
        self._cache.settle()
        self._cache.snapshot()
        self._remember()
        self._turns.caches.worth_keeping(self._system)
        yield self._finished(reason)

    def _read_prompt(self) -> Iterator[Event]:
        prompt, cache = self._prompt, self._cache
        total = len(prompt)
        self._system = common_prefix(self._turns.history.system_prefix(self._request), prompt)
        asked = cache.asked = self._end_of_question()
        end = self._last_step(asked)
        yield from (Notice("warning", trouble) for trouble in self._troubles)
        yield PrefillProgress(self._cached, total, self._cached)
        for done in prefill(
            self._turns.loaded.model,
            cache,
            prompt[self._cached : end],
            max(1, self._request.prefill_chunk),
            [self._system, asked],
            self._control.cancelled,
        ):
            yield PrefillProgress(done, total, self._cached)

    def _last_step(self, asked: int) -> int:
        """Where the step begins that gives the logits: read apart, no longer than it need be."""
        total = len(self._prompt)
        if self._cache.needs_snapshots and total - asked <= TAIL and asked < total:
            return max(asked, self._cached)
        return total - 1

    def _end_of_question(self) -> int:
        """Length of the prompt before its closing think block: the same for every mode."""
        prompt, start = self._prompt, self._template.think_start
        for at in range(len(prompt) - 1, max(-1, len(prompt) - 1 - TAIL), -1):
            if prompt[at] == start:
                return at
        return len(prompt) - 1

    def _remember(self) -> None:
        """Keep the ids of what was said, unless the text that is kept is not all of it."""
        if self._request.text is not None:
            return
        if self._speech.stopped_by_string or not self._speaking.exact:
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


def _refuse_impossible(request: TurnRequest) -> None:
    """Say what is wrong before anything is read.

    Raises:
        SchemaRefused: answers cannot be held to the schema.
        TemplateError: there is nothing to answer.
    """
    if isinstance(request.guide, JsonGuide) and (problem := schema_problem(request.guide.schema)):
        raise SchemaRefused(problem)
    if request.text == "":
        raise TemplateError("There is nothing to go on from: the prompt is empty.")


def _is_continued(request: TurnRequest) -> bool:
    """Whether the model goes on in the middle of a text."""
    if request.text is not None:
        return True
    return request.resume and bool(request.messages[-1].content)


def _seed(wanted: int | None) -> int:
    return wanted if wanted is not None else secrets.randbelow(SEEDS)
