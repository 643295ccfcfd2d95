"""`decode`: a four-turn chat about capitals, the best of turns 2-4, as the second card measured.

The mean of those turns and the speed that nine tokens in ten exceed stand beside it, and
how much of what the memory bandwidth allows was reached.
"""

from collections.abc import AsyncIterator, Sequence

from carnice_tui.bench.prompts import CAPITALS
from carnice_tui.bench.results import Measure, Row
from carnice_tui.bench.samples import Sample, mean, slowest_tenth, standard_error
from carnice_tui.bench.subjects import Subject
from carnice_tui.core.messages import Message

MAX_TOKENS = 256
"""An answer at most, thinking included."""

LOW_BUDGET = 128
"""Tokens of thinking: the card asks with reasoningEffort low."""

CONDITIONS = "four-turn capitals chat, thinking low, greedy, at most {} tokens a turn, turns 2-4"


async def measure(subject: Subject, max_tokens: int = MAX_TOKENS) -> AsyncIterator[Sample]:
    """Ask the four turns, each with what was answered before."""
    messages: list[Message] = []
    for question in CAPITALS:
        messages.append(Message("user", question))
        sample = await subject.ask(
            messages, max_tokens=max_tokens, thinking="low", thinking_budget=LOW_BUDGET
        )
        messages.append(Message("assistant", sample.text))
        yield sample


def row_of(model: str, by: str, samples: Sequence[Sample], limit: float | None = None) -> Row:
    """The row of these four turns; `limit` is what the bandwidth allows, in tok/s."""
    later = [sample for sample in samples[1:] if sample.decode_tps]
    speeds = tuple(sample.decode_tps for sample in later)
    gaps = [gap for sample in later for gap in sample.gaps]
    best = max(speeds, default=0.0)
    measures = [
        Measure("best", "tok/s", best),
        Measure("mean", "tok/s", mean(speeds), standard_error(speeds), speeds),
    ]
    if (tenth := slowest_tenth(gaps)) is not None:
        measures.append(Measure("p10", "tok/s", tenth))
    if limit:
        measures.append(Measure("of the limit", "%", 100 * best / limit))
    return Row(model, by, tuple(measures))
