"""From what a finder said about each pair to figures with confidence intervals."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

RESAMPLES = 2000
"""Bootstrap samples for figures that are no plain share; the interval's ends move by under
half a point from seed to seed."""
_Z = 1.959964
"""Of a normal distribution, for 95 %."""


@dataclass(frozen=True)
class Answer:
    """What a finder said of one program: whether in the form of the contract, whether it saw
    a bug, on which lines (None: nowhere in particular), and how long it took in seconds."""

    valid: bool
    found: bool
    lines: tuple[int, int] | None
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """Both answers about a pair, and the lines that are wrong in the buggy program."""

    buggy: Answer
    twin: Answer
    wrong_lines: frozenset[int]

    def hits(self, distance: int) -> bool:
        """Whether the bug was seen within `distance` lines of where it is."""
        if not self.buggy.found or self.buggy.lines is None:
            return False
        first, last = self.buggy.lines
        return any(first - distance <= line <= last + distance for line in self.wrong_lines)


class Figure(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; shares are 0 to 1, times in seconds."""

    name: str
    value: float
    low: float
    high: float
    unit: str = "%"


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """All figures of a run.

    Shares have Wilson intervals; F1 and seconds are resampled by pairs. For F1 a hit is a
    bug seen at most one line off, and a false alarm is a bug seen in a corrected twin.
    """
    valid = [a.valid for o in outcomes for a in (o.buggy, o.twin)]
    return [
        _share("contract kept", valid),
        _share("bugs seen", [o.buggy.found for o in outcomes]),
        _share("right line", [o.hits(0) for o in outcomes]),
        _share("right line ±1", [o.hits(1) for o in outcomes]),
        _share("false alarms", [o.twin.found for o in outcomes]),
        _resampled("F1", "%", outcomes, f1),
        _resampled("time an item", "s", outcomes, seconds_an_item),
    ]


def f1(outcomes: Sequence[Outcome]) -> float:
    """2 TP / (2 TP + FP + FN), with hits within one line and alarms on twins."""
    hits = sum(o.hits(1) for o in outcomes)
    alarms = sum(o.twin.found for o in outcomes)
    missed = len(outcomes) - hits
    return 2 * hits / max(1, 2 * hits + alarms + missed)


def seconds_an_item(outcomes: Sequence[Outcome]) -> float:
    """The mean over all programs, buggy and corrected."""
    return sum(o.buggy.seconds + o.twin.seconds for o in outcomes) / max(1, 2 * len(outcomes))


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share (Wilson 1927); good for few and for extremes."""
    if not count:
        return 0.0, 1.0
    share = hits / count
    spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    middle = share + _Z**2 / (2 * count)
    below = 1 + _Z**2 / count
    return max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)


def _share(name: str, said: Sequence[bool]) -> Figure:
    hits = sum(said)
    return Figure(name, hits / max(1, len(said)), *wilson(hits, len(said)))


def _resampled(
    name: str,
    unit: str,
    outcomes: Sequence[Outcome],
    measure: Callable[[Sequence[Outcome]], float],
) -> Figure:
    draw = random.Random(0)
    values = sorted(
        measure(draw.choices(outcomes, k=len(outcomes)))
        for _ in range(RESAMPLES if outcomes else 0)
    )
    value = measure(outcomes)
    if not values:
        return Figure(name, value, value, value, unit)
    return Figure(
        name, value, values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1], unit
    )
