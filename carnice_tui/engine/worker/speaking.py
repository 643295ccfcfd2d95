"""How one answer is drawn: thinking, then free text, a guide's form, or JSON."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

import mlx.core as mx

from carnice_tui.core.events import Event, FinishReason, TokenLogprob
from carnice_tui.core.requests import AnyGuide, JsonGuide, TurnRequest
from carnice_tui.engine.worker.clock import Clock, Control
from carnice_tui.engine.worker.decode import Decoder, Draw, Drawn
from carnice_tui.engine.worker.guide import GuidedAnswer
from carnice_tui.engine.worker.jsonguide import JsonAnswer
from carnice_tui.engine.worker.loading import LoadedModel
from carnice_tui.engine.worker.prefix import PrefixCache
from carnice_tui.engine.worker.sampling import make_sampler, plain, scored
from carnice_tui.engine.worker.scores import logprob_of
from carnice_tui.engine.worker.speech import Part, Speech
from carnice_tui.engine.worker.vocabulary import Vocabulary

CLOSING_RESERVE = 64
"""Tokens of the window kept for closing a JSON value that would run into its end."""


class Speaking:
    """Draws the answer of one turn after a prompt that has been read."""

    def __init__(
        self,
        request: TurnRequest,
        loaded: LoadedModel,
        cache: PrefixCache,
        decoder: Decoder,
        speech: Speech,
        clock: Clock,
        control: Control,
        vocabulary: Callable[[int], Vocabulary],
    ) -> None:
        """`vocabulary` makes the masks for so many logits."""
        self._request = request
        self._template = loaded.template
        self._window = loaded.info.context_window
        self._limit = loaded.generation.limit(request.max_tokens)
        self._sampler = make_sampler(loaded.generation.drawing(request.sampling))
        self._cache = cache
        self._decoder = decoder
        self._speech = speech
        self._clock = clock
        self._control = control
        self._vocabulary = vocabulary
        self._draw = self._among(None)
        self.exact = True
        """Whether the cache holds the answer and its end token, and nothing else."""

    def events(self) -> Generator[Event, None, FinishReason]:
        """The events of thinking and answer; returns why they ended."""
        if self._request.guide is None:
            return (yield from self._speak_freely())
        return (yield from self._speak_guided(self._request.guide))

    def _speak_freely(self) -> Generator[Event, None, FinishReason]:
        """Thinking and answer as the model likes; returns why it ended."""
        while True:
            ended = yield from self._speak(self._draw)
            if ended is not None:
                return ended
            yield from self._close_thinking()

    def _speak_guided(self, guide: AnyGuide) -> Generator[Event, None, FinishReason]:
        """Thinking as the model likes, then an answer that keeps the guide's form."""
        vocabulary = self._vocabulary(self._decoder.vocabulary_size)
        if self._speech.part is Part.REASONING:
            free = scored(self._sampler, vocabulary.not_the_end)
            ended = yield from self._speak(free, until_answer=True)
            if ended not in (None, "length"):
                return ended
            if self._speech.part is Part.REASONING:
                yield from self._close_thinking()
            else:
                self._decoder.feed(self._template.encode("\n\n"))
        if isinstance(guide, JsonGuide):
            return (yield from self._speak_json(guide, vocabulary))
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
        self.exact = answer.exact
        return reason

    def _speak_json(
        self, guide: JsonGuide, vocabulary: Vocabulary
    ) -> Generator[Event, None, FinishReason]:
        answer = JsonAnswer(
            guide,
            self._decoder,
            self._template,
            vocabulary,
            self._among,
            self._say,
            self._must_end,
        )
        reason = yield from answer.events(or_call=guide.or_call and bool(self._request.tools))
        return reason if reason is not None else (yield from self._speak_freely())

    def _speak(
        self, draw: Draw, *, until_answer: bool = False
    ) -> Generator[Event, None, FinishReason | None]:
        """Draw on; returns why the turn ended, or None when the think block must be closed
        (or, with `until_answer`, has been)."""
        speech = self._speech
        most = max(0, self._limit - self._clock.tokens)
        with closing(self._decoder.stream(draw, most)) as tokens:
            for drawn in tokens:
                stopped = self._tick()
                if drawn.token in self._template.eos_ids:
                    return "stop"
                was_thinking = speech.part is Part.REASONING
                yield from speech.add(drawn.token, self._score(drawn))
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

    def _say(self, drawn: Drawn) -> Generator[Event, None, FinishReason | None]:
        """One token of an answer whose form is kept; says why the turn must end, if it must."""
        ended = self._tick()
        yield from self._speech.add(drawn.token, self._score(drawn))
        return ended

    def _score(self, drawn: Drawn) -> TokenLogprob | None:
        if self._request.logprobs is None or drawn.logprob is None:
            return None
        return logprob_of(drawn, self._template.detokenizers)

    def _among(self, allowed: mx.array | None) -> Draw:
        """A draw among `allowed`, with the figures that the request asks for."""
        if allowed is None and self._request.logprobs is None:
            return plain(self._sampler)
        return scored(self._sampler, allowed, self._request.logprobs or 0)

    def _tick(self) -> FinishReason | None:
        """Count a token; says why the turn must end now, if it must."""
        self._clock.tick()
        if self._control.cancelled():
            return "cancelled"
        if len(self._cache.ids) >= self._window:
            return "context-full"
        return None

    def _must_end(self) -> bool:
        """Whether a JSON value must be closed now."""
        spent = 0 < self._limit <= self._clock.tokens
        return spent or len(self._cache.ids) >= self._window - CLOSING_RESERVE

    def _must_answer(self) -> bool:
        budget = self._request.thinking_budget
        spent = budget is not None and self._speech.reasoning_tokens >= budget
        return spent or self._control.answer_now()
