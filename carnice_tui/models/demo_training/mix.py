"""The shares of the kinds of dialogue in the main stages."""

import random
from dataclasses import replace

from carnice_tui.models.demo_training.bugs import (
    BUG_BRANCH_WEIGHT,
    PAIRED_SHARE,
    VERDICT_WEIGHT,
    bug_samples,
    example_samples,
)
from carnice_tui.models.demo_training.chat import chat_sample
from carnice_tui.models.demo_training.copying import names_again
from carnice_tui.models.demo_training.samples import Sample, shipped_tokenizer
from carnice_tui.models.demo_training.tool_samples import edits_again, tool_sample

TOOL_SHARE = 0.17
CHAT_SHARE = 0.11
NAMES_SHARE, EDITS_SHARE = 0.08, 0.05
"""Of drills in copying names and edits; a third as long as the rest, so 4 or 5 % of the tokens."""
MORE_EDITS_SHARE, MORE_CALLS_SHARE = 0.15, 0.1
"""Of drills in copying edits and of tool dialogues, more than before, in the last stage."""
SURROUNDED_SHARE = 0.45
"""Share of the pieces of code that get lines which have nothing to do with the bug."""
SETTLING_PAIRED_SHARE = 0.65
MISSED_BUG_WEIGHT = 12.0
"""Loss weight of `BUG` as the first token at the very end, twice that of `OK`."""
QUOTED_WEIGHT = 8.0
"""Loss weight, at the very end, of what a verdict has between backticks: names of the snippet."""

EXAMPLE_SHARE = 0.15
"""Of draws about the bug of the model card's example, in the last stage."""


def settling(rng: random.Random) -> list[Sample]:
    """One draw of the last stage's mix: more pairs, so that it looks for the bug itself."""
    return mixed(rng, paired=SETTLING_PAIRED_SHARE)


def weighing(rng: random.Random) -> list[Sample]:
    """One draw of the settling mix in which `OK` for a bug costs more than `BUG` for its twin."""
    return [
        replace(
            sample,
            weights=[MISSED_BUG_WEIGHT if w == BUG_BRANCH_WEIGHT else w for w in sample.weights],
        )
        for sample in settling(rng)
    ]


def pointing(rng: random.Random) -> list[Sample]:
    """One draw of the weighing mix in which a name that is told wrongly costs more."""
    return [_with_quoted_weights(sample) for sample in weighing(rng)]


def showing(rng: random.Random) -> list[Sample]:
    """One draw of the pointing mix, or of the bug that everyone tries first."""
    if rng.random() < EXAMPLE_SHARE:
        return [_with_quoted_weights(sample) for sample in example_samples(rng)]
    return pointing(rng)


def _with_quoted_weights(sample: Sample) -> Sample:
    weights = list(sample.weights)
    quoted = False
    for at, number in enumerate(sample.ids):
        if weights[at] != VERDICT_WEIGHT:
            quoted = False
        elif (shipped_tokenizer().id_to_token(number) or "").count("`") % 2:
            quoted = not quoted
        elif quoted:
            weights[at] = QUOTED_WEIGHT
    return replace(sample, weights=weights)


def finishing(rng: random.Random) -> list[Sample]:
    """One draw of the weighing mix, or of drills in copying edits, names and paths exactly."""
    roll = rng.random()
    if roll < MORE_EDITS_SHARE:
        return [edits_again(rng)]
    if roll < MORE_EDITS_SHARE + MORE_CALLS_SHARE:
        return [tool_sample(rng)]
    return weighing(rng)


def mixed(rng: random.Random, paired: float = PAIRED_SHARE) -> list[Sample]:
    """One draw of the main mix; `paired` as in `bug_samples`."""
    roll = rng.random()
    for share, draw in (
        (TOOL_SHARE, tool_sample),
        (CHAT_SHARE, chat_sample),
        (NAMES_SHARE, names_again),
        (EDITS_SHARE, edits_again),
    ):
        if roll < share:
            return [draw(rng)]
        roll -= share
    return bug_samples(rng, surrounded=SURROUNDED_SHARE, paired=paired)
