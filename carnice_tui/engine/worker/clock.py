"""A turn under way: when things happened in it, and what its user may say meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass


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
