"""One answer as it was timed, and the arithmetic on many."""

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, stdev

import msgspec

PORTION = 0.005
"""Seconds."""

RESAMPLES = 2000
"""Of the bootstrap; its 95 % interval is then stable to about 1 % of its width."""


class Sample(msgspec.Struct, frozen=True):
    """One answer. Times in seconds by the clock of whoever asked: `wall` from asking to the
    end, `first` to the first token. `tokens` counts thinking and answer; `decode_tps` is over
    the n - 1 intervals between them; `gaps` are those intervals, where they are known."""

    wall: float
    first: float
    tokens: int
    decode_tps: float
    text: str = ""
    prompt_tokens: int = 0
    prefilled_tokens: int = 0
    gaps: tuple[float, ...] = ()


def gaps_of(times: Sequence[tuple[float, int]]) -> tuple[float, ...]:
    """Seconds a token between arrivals `(when, tokens)`.

    What arrives within `PORTION` came in one portion, and counts as equal steps: a pipe
    hands over several tokens at once when its reader was busy.
    """
    gaps: list[float] = []
    tokens, since = 0, 0.0
    for (when, _), (following, count) in pairwise(times):
        since = when if tokens == 0 else since
        tokens += count
        if following - since >= PORTION:
            gaps += [(following - since) / tokens] * tokens
            tokens = 0
    return tuple(gaps)


def decode_tps(tokens: int, first: float, last: float) -> float:
    """Tokens a second: n tokens have n - 1 intervals. 0 where that says nothing."""
    return (tokens - 1) / (last - first) if tokens > 1 and last > first else 0.0


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return fmean(values) if values else 0.0


def standard_error(values: Sequence[float]) -> float | None:
    """The standard error of the mean; None for fewer than two values."""
    return stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None


def slowest_tenth(gaps: Sequence[float]) -> float | None:
    """The speed that nine tokens in ten exceed, in tokens a second."""
    if not gaps:
        return None
    at = sorted(gaps)[min(len(gaps) - 1, math.ceil(0.9 * len(gaps)) - 1)]
    return 1 / at if at > 0 else None


def ratio_interval(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of mean(ours) / mean(theirs); the same for the same data."""
    draw = random.Random(0)
    ratios = sorted(
        fmean(draw.choices(ours, k=len(ours))) / fmean(draw.choices(theirs, k=len(theirs)))
        for _ in range(RESAMPLES)
    )
    return ratios[int(0.025 * RESAMPLES)], ratios[int(0.975 * RESAMPLES) - 1]
