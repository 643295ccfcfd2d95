"""Runs a finder over pairs, and writes the table."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from carnice_tui.bench.bugs.cases import Pair
from carnice_tui.bench.bugs.score import Answer, Figure, Outcome, figures
from carnice_tui.core.sanitize import sanitize_line

Ask = Callable[[str, str], Awaitable[Answer]]
"""Takes a program and its language, and says what the finder says."""


class Score(msgspec.Struct, frozen=True):
    """A run of the suite: who answered, about which pairs, and the figures."""

    model: str
    data: str
    pairs: int
    figures: list[Figure]


async def run_suite(
    ask: Ask, pairs: Sequence[Pair], show: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Outcome]:
    """Ask about every buggy program and every twin, one after the other."""
    outcomes: list[Outcome] = []
    for done, pair in enumerate(pairs):
        show(done, len(pairs))
        buggy = await ask(pair.buggy, pair.language)
        twin = await ask(pair.fixed, pair.language)
        outcomes.append(Outcome(buggy, twin, pair.wrong_lines))
    return outcomes


def score(model: str, data: str, outcomes: Sequence[Outcome]) -> Score:
    """The figures of a run, with whose they are."""
    return Score(model, data, len(outcomes), figures(outcomes))


def table(result: Score) -> str:
    """The figures as text: value and 95 % interval."""
    lines = [f"{sanitize_line(result.model)} on {result.pairs} pairs ({result.data})", ""]
    width = max(len(figure.name) for figure in result.figures)
    lines += [f"{figure.name:<{width}}  {_shown(figure)}" for figure in result.figures]
    lines += ["", "In brackets: 95 % confidence. A hit for F1: a bug seen at most one line off."]
    return "\n".join(lines) + "\n"


def markdown(result: Score) -> str:
    """The figures as a Markdown table."""
    lines = [
        f"| {sanitize_line(result.model)}, {result.pairs} pairs ({result.data}) | value | 95 % |",
        "|---|--:|--:|",
        *(
            f"| {figure.name} | {_number(figure.value, figure.unit)} | "
            f"{_number(figure.low, figure.unit)} – {_number(figure.high, figure.unit)} |"
            for figure in result.figures
        ),
    ]
    return "\n".join(lines) + "\n"


def _shown(figure: Figure) -> str:
    value, low, high = (_number(n, figure.unit) for n in (figure.value, figure.low, figure.high))
    return f"{value:>8}  [{low} – {high}]"


def _number(value: float, unit: str) -> str:
    return f"{value * 100:.1f} %" if unit == "%" else f"{value:.2f} {unit}"
