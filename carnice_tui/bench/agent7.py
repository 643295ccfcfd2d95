"""`agent7`: seven agent prompts, thinking off, as the first model card measured.

Wall-clock in all, mean decoding speed, tokens written, and the speed-up against a row.
"""

from collections.abc import AsyncIterator, Sequence

import msgspec

from carnice_tui.bench.prompts import AGENT7
from carnice_tui.bench.results import BenchError, Measure, Row
from carnice_tui.bench.samples import Sample, mean, standard_error
from carnice_tui.bench.subjects import Subject

MAX_TOKENS = 512
"""An answer at most; the card's averaged 170."""

CONDITIONS = "7 agent prompts of ours, thinking off, greedy, at most {} tokens each"

WALL, SPEED, TOKENS, FASTER = "wall-clock", "decode", "output", "speed-up"


async def measure(subject: Subject, max_tokens: int = MAX_TOKENS) -> AsyncIterator[Sample]:
    """Ask all seven; the subject has been started."""
    for prompt in AGENT7:
        yield await subject.ask(prompt.messages, max_tokens=max_tokens)


def row_of(model: str, by: str, samples: Sequence[Sample]) -> Row:
    """The table's row of these seven answers."""
    walls = [sample.wall for sample in samples]
    speeds = [sample.decode_tps for sample in samples if sample.decode_tps]
    tokens = [float(sample.tokens) for sample in samples]
    return Row(
        model,
        by,
        (
            Measure(WALL, "s", sum(walls), samples=tuple(walls)),
            Measure(SPEED, "tok/s", mean(speeds), standard_error(speeds), tuple(speeds)),
            Measure(TOKENS, "tokens", sum(tokens), samples=tuple(tokens)),
        ),
    )


def with_speed_up(rows: Sequence[Row], baseline: str = "") -> list[Row]:
    """The rows with how many times faster each is than `baseline` (a label, a model or who
    answers; the first row of mlx_lm, else the first, where it is empty).

    Raises:
        BenchError: there is no such row.
    """
    if not rows:
        return []
    if baseline:
        chosen = next((r for r in rows if baseline in (r.label, r.by)), None) or next(
            (r for r in rows if r.model == baseline), None
        )
        if chosen is None:
            labels = ", ".join(row.label for row in rows)
            raise BenchError(f"There is no row {baseline!r} to compare with: choose of {labels}.")
    else:
        chosen = next((r for r in rows if r.by == "mlx_lm"), rows[0])
    reference = chosen.measure(WALL)
    assert reference is not None
    return [_faster(row, reference.value) for row in rows]


def _faster(row: Row, reference: float) -> Row:
    wall = row.measure(WALL)
    ratio = reference / wall.value if wall and wall.value else 0.0
    return msgspec.structs.replace(row, measures=(*row.measures, Measure(FASTER, "x", ratio)))
