"""Prefill and decode on a live cache: the two loops everything else is built around."""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import mlx.core as mx

from carnice_tui.engine.worker.mlxlm import (
    Model,
    number_of,
    numbers_of,
    start_evaluating,
    token_of,
    tokens_of,
)
from carnice_tui.engine.worker.prefix import PrefixCache

TAIL = 16
"""Tokens. The last step of a prompt reads up to this many at once: its logits are computed for
every position (vocabulary x 4 bytes each), and one pass over the weights saved is 1/15 s at 27B."""

CLEAR_EVERY = 256
"""Tokens between returns of cached buffers to the system; mlx-lm's figure."""


@dataclass(frozen=True)
class Draft:
    """A draw that may not be computed yet: the id (1,), its log-probability (1,) and its
    likeliest alternatives, ids and log-probabilities (k,), where they are wanted."""

    token: mx.array
    logprob: mx.array | None = None
    top: tuple[mx.array, mx.array] | None = None

    def start(self) -> None:
        """Start computing all of it."""
        start_evaluating(self.token, self.logprob, self.top)

    def taken(self) -> "Drawn":
        """The draw as numbers; waits for them."""
        top: tuple[tuple[int, float], ...] = ()
        if self.top is not None:
            ids, logprobs = self.top
            top = tuple(zip(tokens_of(ids), numbers_of(logprobs), strict=True))
        logprob = None if self.logprob is None else number_of(self.logprob)
        return Drawn(token_of(self.token), logprob, top)


@dataclass(frozen=True)
class Drawn:
    """One token, and its log-probability in nats and its alternatives where the draw gives them."""

    token: int
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


Draw = Callable[[mx.array], Draft]
"""Logits (1, vocabulary) to a draw."""


def prefill(
    model: Model,
    cache: PrefixCache,
    tokens: Sequence[int],
    chunk: int,
    stops: Sequence[int],
    cancelled: Callable[[], bool],
) -> Iterator[int]:
    """Read `tokens` into the cache; yields the cache's length after each chunk.

    A chunk holds at most `chunk` tokens and ends at each of `stops` (lengths of the cache),
    where a snapshot is taken, if the cache needs any. Stops early when `cancelled()` says so;
    the cache then holds what was read.
    """
    stops = stops if cache.needs_snapshots else ()
    start = len(cache.ids)
    end = start + len(tokens)
    borders = sorted({stop for stop in stops if start < stop <= end} | {end})
    at = start
    for border in borders:
        while at < border:
            if cancelled():
                return
            part = tokens[at - start : min(at + chunk, border) - start]
            model(mx.array(list(part))[None], cache=cache.layers)
            cache.settle()
            cache.extend(part)
            at += len(part)
            mx.clear_cache()
            yield at
        if border in stops:
            cache.snapshot()


class Decoder:
    """Draws tokens after what the cache holds.

    The step after a token is started before that token is given out (but for the first), so
    the work on the text hides behind the computation, and the cache always holds what was
    yielded: the schedule of mlx-lm's `generate_step`. A stream may be closed after any token;
    the next one goes on from there, with another draw if need be, or after tokens fed in between.
    """

    def __init__(self, model: Model, cache: PrefixCache) -> None:
        self._model = model
        self._cache = cache
        self._logits: mx.array | None = None
        self._count = 0

    @property
    def vocabulary_size(self) -> int:
        """How many logits the model gives."""
        assert self._logits is not None, "something must be read before anything is drawn"
        return self._logits.shape[-1]

    def feed(self, tokens: Sequence[int]) -> None:
        """Read `tokens` into the cache as if they had been drawn."""
        self._logits = self._step(mx.array(list(tokens)))
        self._cache.extend(tokens)

    def stream(self, draw: Draw, most: int = 0) -> Generator[Drawn]:
        """Draw token after token; `most` says that the caller stops after so many, 0: at will."""
        assert self._logits is not None, "something must be read before anything is drawn"
        drafted = draw(self._logits)
        drafted.start()
        for number in itertools.count(1):
            logits = self._step(drafted.token)
            following = draw(logits)
            # Somebody waits for the first token, and after the last nothing is wanted. The step
            # after the first is laid out by then: a GPU idles for a moment, once.
            at_once = number in (1, most)
            if not at_once:
                following.start()
            drawn = drafted.taken()
            self._take(drawn.token, logits)
            yield drawn
            if at_once:
                following.start()
            drafted = following

    def draw(self, draw: Draw) -> Drawn:
        """Draw one token; the step after it is only started, for a caller who must know the
        token before he can say what may follow."""
        assert self._logits is not None, "something must be read before anything is drawn"
        drafted = draw(self._logits)
        logits = self._step(drafted.token)
        drafted.start()
        start_evaluating(logits)
        drawn = drafted.taken()
        self._take(drawn.token, logits)
        return drawn

    def probabilities(self, tokens: Sequence[int]) -> list[float]:
        """How probable each of `tokens` is next, among themselves."""
        assert self._logits is not None, "something must be read before anything is drawn"
        chosen = mx.take(self._logits[0].astype(mx.float32), mx.array(list(tokens)))
        return numbers_of(mx.softmax(chosen))

    def _take(self, token: int, logits: mx.array) -> None:
        self._logits = logits
        self._cache.extend((token,))
        self._count += 1
        if self._count % CLEAR_EVERY == 0:
            mx.clear_cache()

    def _step(self, tokens: mx.array) -> mx.array:
        return self._model(tokens[None], cache=self._cache.layers)[:, -1, :]
