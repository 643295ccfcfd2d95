"""Draws the next token: temperature, then top-k, then top-p over what top-k left."""

from collections.abc import Callable

import mlx.core as mx

from carnice_tui.engine.worker.decode import Draft, Draw
from carnice_tui.engine.worker.generation import Drawing

Sampler = Callable[[mx.array], mx.array]
"""Logits (1, vocabulary) to a token id (1,)."""


def make_sampler(drawing: Drawing) -> Sampler:
    """The sampler for these settings; temperature 0 is greedy.

    The order is the one the model card's figures were chosen for (temperature, top-k,
    top-p). Taking the top k first also avoids sorting 248,000 entries for top-p: measured
    2 ms against 36 ms a token on CPU.
    """
    if drawing.temperature <= 0:
        return lambda logits: mx.argmax(logits, axis=-1)

    def sample(logits: mx.array) -> mx.array:
        scaled = logits.astype(mx.float32) * (1.0 / drawing.temperature)
        size = scaled.shape[-1]
        k = min(drawing.top_k, size) if drawing.top_k > 0 else size
        if k < size:
            chosen = mx.argpartition(scaled, kth=size - k, axis=-1)[..., size - k :]
            scaled = mx.take_along_axis(scaled, chosen, axis=-1)
        else:
            chosen = None
        if 0 < drawing.top_p < 1:
            scaled = _nucleus(scaled, drawing.top_p)
        drawn = mx.random.categorical(scaled)
        if chosen is None:
            return drawn
        return mx.take_along_axis(chosen, drawn[..., None], axis=-1)[..., 0]

    return sample


def _nucleus(logits: mx.array, top_p: float) -> mx.array:
    """Mask all but the fewest entries whose probabilities reach `top_p`."""
    order = mx.argsort(-logits, axis=-1)
    ranked = mx.softmax(mx.take_along_axis(logits, order, axis=-1), axis=-1)
    mass_before = mx.cumsum(ranked, axis=-1) - ranked
    # The best entry always stays, also for a top-p near zero.
    kept = mass_before < top_p
    kept = mx.put_along_axis(mx.zeros_like(kept), order, kept, axis=-1)
    return mx.where(kept, logits, -float("inf"))


def plain(sampler: Sampler) -> Draw:
    """Draw without asking how probable the token was."""
    return lambda logits: Draft(sampler(logits))


def scored(sampler: Sampler, allowed: mx.array | None = None, alternatives: int = 0) -> Draw:
    """Draw among the `allowed` ids (a mask over the vocabulary; None: all), with the
    log-probability that the token, and its likeliest `alternatives`, had before the mask."""

    def draw(logits: mx.array) -> Draft:
        open_logits = logits if allowed is None else mx.where(allowed, logits, -mx.inf)
        token = sampler(open_logits)
        wide = logits.astype(mx.float32)
        normal = mx.logsumexp(wide, axis=-1)
        chosen = mx.take_along_axis(wide, token[..., None], axis=-1)[..., 0] - normal
        top = _likeliest(wide[0], normal, alternatives) if alternatives else None
        return Draft(token, chosen, top)

    return draw


def _likeliest(logits: mx.array, normal: mx.array, count: int) -> tuple[mx.array, mx.array]:
    """Ids and log-probabilities of the `count` greatest, best first."""
    count = min(count, logits.shape[-1])
    ids = mx.argpartition(-logits, kth=count - 1)[:count]
    ids = ids[mx.argsort(-logits[ids])]
    return ids, logits[ids] - normal
