"""Prefill and decode on a live cache: the two loops everything else is built around."""

from collections.abc import Callable, Generator, Iterator, Sequence

import mlx.core as mx

from carnice_tui.engine.worker.mlxlm import Model, start_evaluating, token_of
from carnice_tui.engine.worker.prefix import PrefixCache
from carnice_tui.engine.worker.sampling import Sampler

TAIL = 16
"""Tokens. The last step of a prompt reads up to this many at once: its logits are computed for
every position (vocabulary x 4 bytes each), and one pass over the weights saved is 1/15 s at 27B."""

CLEAR_EVERY = 256
"""Tokens between returns of cached buffers to the system; mlx-lm's figure."""


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
    where a snapshot is taken. Stops early when `cancelled()` says so; the cache then holds
    what was read.
    """
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


def decode(
    model: Model, cache: PrefixCache, tail: Sequence[int], sampler: Sampler
) -> Generator[int]:
    """Read `tail` and then draw token after token; the consumer stops by closing.

    The step after a token is started before that token is given out, so the work on the
    text hides behind the computation, and the cache always holds what was yielded. The same
    schedule as mlx-lm's `generate_step`.
    """

    def step(tokens: mx.array) -> mx.array:
        logits = model(tokens[None], cache=cache.layers)
        return sampler(logits[:, -1, :])

    drawn = step(mx.array(list(tail)))
    start_evaluating(drawn)
    cache.extend(tail)
    count = 0
    while True:
        following = step(drawn)
        start_evaluating(following)
        token = token_of(drawn)
        cache.extend((token,))
        yield token
        drawn = following
        count += 1
        if count % CLEAR_EVERY == 0:
            mx.clear_cache()
