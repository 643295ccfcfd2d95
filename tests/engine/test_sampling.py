"""The sampler draws from the distribution that the settings describe."""

import mlx.core as mx
import numpy as np
import pytest

from carnice_tui.engine.worker.generation import Drawing
from carnice_tui.engine.worker.sampling import make_sampler

LOGITS = np.array([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])


def described(sampling: Drawing) -> np.ndarray:
    """The distribution by the book: temperature, top-k, top-p."""
    scaled = LOGITS / sampling.temperature
    order = np.argsort(-scaled)
    if sampling.top_k:
        order = order[: sampling.top_k]
    p = np.exp(scaled[order] - scaled[order].max())
    p /= p.sum()
    if 0 < sampling.top_p < 1:
        kept = np.cumsum(p) - p < sampling.top_p
        order, p = order[kept], p[kept] / p[kept].sum()
    full = np.zeros_like(LOGITS)
    full[order] = p
    return full


@pytest.mark.parametrize(
    "sampling",
    [
        Drawing(temperature=1.0, top_p=1.0, top_k=0),
        Drawing(temperature=0.6, top_p=1.0, top_k=0),
        Drawing(temperature=1.0, top_p=0.7, top_k=0),
        Drawing(temperature=1.0, top_p=1.0, top_k=3),
        Drawing(temperature=0.6, top_p=0.95, top_k=4),
        Drawing(temperature=2.0, top_p=0.01, top_k=20),
    ],
    ids=str,
)
def test_the_drawn_frequencies_are_those_of_the_book(sampling: Drawing) -> None:
    mx.random.seed(3)
    sampler = make_sampler(sampling)
    draws = 20_000
    logits = mx.broadcast_to(mx.array(LOGITS, dtype=mx.float32), (draws, len(LOGITS)))
    drawn = np.bincount(np.array(sampler(logits)), minlength=len(LOGITS)) / draws
    expected = described(sampling)
    assert np.all(drawn[expected == 0] == 0)
    assert np.allclose(drawn, expected, atol=0.015)


def test_temperature_zero_is_greedy() -> None:
    sampler = make_sampler(Drawing(temperature=0))
    assert sampler(mx.array(LOGITS)[None]).item() == 0


def test_the_same_seed_draws_the_same_tokens() -> None:
    sampler = make_sampler(Drawing(temperature=1.5))
    logits = mx.broadcast_to(mx.array(LOGITS, dtype=mx.float32), (50, len(LOGITS)))
    mx.random.seed(5)
    first = sampler(logits).tolist()
    mx.random.seed(5)
    assert sampler(logits).tolist() == first
