"""`prefill`: seconds to the first token after a prompt of some length.

Cold: nothing of it was read before. Warm: a short question after it, in the same
conversation. Resumed: the same in a session that was opened again, which the engine reads
while nobody waits yet.
"""

from dataclasses import dataclass, field

from carnice_tui.bench.prompts import FILLER, LONG_QUESTION
from carnice_tui.bench.results import Measure, Row
from carnice_tui.bench.samples import Sample
from carnice_tui.bench.subjects import EngineSubject, Subject
from carnice_tui.core.messages import Message

LENGTHS = (512, 2048, 8192, 32_768)
"""Tokens of the prompt, about."""

MAX_TOKENS = 8

CONDITIONS = "seconds to the first token, thinking off, greedy"

ANSWERED = "The harbour master and the clerk."
FOLLOW_UP = "And what did the clerk do?"


async def tokens_of_filler(subject: Subject) -> float:
    """How many tokens one filler sentence is for this model."""
    short, long = [await subject.ask(_prompt(count, "count"), max_tokens=1) for count in (1, 9)]
    return max(1.0, (long.prompt_tokens - short.prompt_tokens) / 8)


async def measure_engine(subject: EngineSubject, length: int, filler: float) -> dict[str, Sample]:
    """Cold and warm at about `length` tokens, and resumed where the engine reads ahead."""
    count = max(1, round(length / filler))
    prompt = _prompt(count, f"cold {length}")
    cold = await subject.ask(prompt, max_tokens=MAX_TOKENS)
    warm = await subject.ask(_followed_up(prompt, cold.text), max_tokens=MAX_TOKENS)
    if not subject.reads_ahead:
        return {"cold": cold, "warm": warm}
    opened = _followed_up(_prompt(count, f"resumed {length}"), ANSWERED)
    await subject.warm(opened[:-1])
    resumed = await subject.ask(opened, max_tokens=MAX_TOKENS)
    return {"cold": cold, "warm": warm, "resumed": resumed}


def _followed_up(prompt: tuple[Message, ...], answer: str) -> tuple[Message, ...]:
    return (*prompt, Message("assistant", answer), Message("user", FOLLOW_UP))


async def measure_other(subject: Subject, length: int, filler: float) -> dict[str, Sample]:
    """Cold at about `length` tokens: what plain mlx-lm or a server does each time."""
    count = max(1, round(length / filler))
    return {"cold": await subject.ask(_prompt(count, f"cold {length}"), max_tokens=MAX_TOKENS)}


def _prompt(sentences: int, mark: str) -> tuple[Message, ...]:
    """A prompt that has nothing but its first words in common with one of another mark."""
    return (Message("user", f"{mark}. {FILLER * sentences}\n{LONG_QUESTION}"),)


@dataclass
class Found:
    """What was measured of one model, by length."""

    samples: dict[int, dict[str, Sample]] = field(default_factory=dict[int, dict[str, Sample]])
    ended: str = ""
    """Why the lengths after these were not measured."""


def row_of(model: str, by: str, found: Found) -> Row:
    """The row of these lengths."""
    each = [
        (f"{length} {kind}", sample)
        for length, samples in found.samples.items()
        for kind, sample in samples.items()
    ]
    measures = [Measure(name, "s", sample.first, samples=(sample.first,)) for name, sample in each]
    read = [f"{name} {sample.prefilled_tokens}/{sample.prompt_tokens}" for name, sample in each]
    note = f"tokens read/prompt: {', '.join(read)}"
    return Row(model, by, tuple(measures), note=f"{note}; {found.ended}" if found.ended else note)
