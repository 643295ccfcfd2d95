"""What the later stages draw: the shares of the kinds of dialogue, and what weighs more."""

import random
from dataclasses import dataclass, replace

from carnice_tui.models.demo_training.bugs import (
    BUG_BRANCH_WEIGHT,
    CROWDED_SHARE,
    PAIRED_SHARE,
    VERDICT_WEIGHT,
    bug_samples,
    example_samples,
)
from carnice_tui.models.demo_training.chat import chat_sample
from carnice_tui.models.demo_training.copying import names_again
from carnice_tui.models.demo_training.samples import Sample, Source, shipped_tokenizer
from carnice_tui.models.demo_training.tool_samples import edits_again, tool_sample

TOOL_SHARE = 0.17
CHAT_SHARE = 0.11
NAMES_SHARE, EDITS_SHARE = 0.08, 0.05
"""Of drills in copying names and edits; a third as long as the rest, so 4 or 5 % of the tokens."""
SURROUNDED_SHARE = 0.45
"""Share of the pieces of code that get lines which have nothing to do with the bug."""


@dataclass(frozen=True)
class Mix:
    """Draws one sample, or a bug and its twin, of a stage's kinds of dialogue."""

    paired: float = PAIRED_SHARE
    crowded: float = CROWDED_SHARE
    """As in `bug_samples`."""
    failed: float = 0.0
    """Share of the tools' tasks in which a call comes to nothing."""
    missed_bug_weight: float = BUG_BRANCH_WEIGHT
    """Loss weight of `BUG` as the first token."""
    quoted_weight: float = VERDICT_WEIGHT
    """Loss weight of what a verdict has between backticks: names of the snippet."""
    first: tuple[tuple[float, Source], ...] = ()
    """What is drawn before everything else, and its share of all draws; its weights stay."""

    def __call__(self, rng: random.Random) -> list[Sample]:
        """One draw."""
        if self.first:
            roll = rng.random()
            for share, draw in self.first:
                if roll < share:
                    return draw(rng)
                roll -= share
        return [self._weighed(sample) for sample in self._drawn(rng)]

    def _drawn(self, rng: random.Random) -> list[Sample]:
        roll = rng.random()
        if roll < TOOL_SHARE:
            return [tool_sample(rng, failed=self.failed)]
        roll -= TOOL_SHARE
        for share, draw in (
            (CHAT_SHARE, chat_sample),
            (NAMES_SHARE, names_again),
            (EDITS_SHARE, edits_again),
        ):
            if roll < share:
                return [draw(rng)]
            roll -= share
        return bug_samples(rng, SURROUNDED_SHARE, self.paired, self.crowded)

    def _weighed(self, sample: Sample) -> Sample:
        if self.missed_bug_weight != BUG_BRANCH_WEIGHT:
            weights = [
                self.missed_bug_weight if w == BUG_BRANCH_WEIGHT else w for w in sample.weights
            ]
            sample = replace(sample, weights=weights)
        if self.quoted_weight != VERDICT_WEIGHT:
            sample = _with_quoted_weight(sample, self.quoted_weight)
        return sample


def _with_quoted_weight(sample: Sample, quoted_weight: float) -> Sample:
    weights = list(sample.weights)
    quoted = False
    for at, number in enumerate(sample.ids):
        if weights[at] != VERDICT_WEIGHT:
            quoted = False
        elif (shipped_tokenizer().id_to_token(number) or "").count("`") % 2:
            quoted = not quoted
        elif quoted:
            weights[at] = quoted_weight
    return replace(sample, weights=weights)


def _edits(rng: random.Random) -> list[Sample]:
    return [edits_again(rng)]


def _tools(rng: random.Random) -> list[Sample]:
    return [tool_sample(rng)]


def _chat(rng: random.Random) -> list[Sample]:
    return [chat_sample(rng)]


QUOTED_WEIGHT = 8.0


def _example(rng: random.Random) -> list[Sample]:
    """The bug that everyone tries first: the model card's."""
    return [_with_quoted_weight(sample, QUOTED_WEIGHT) for sample in example_samples(rng)]


MIXED = Mix()
SETTLING = replace(MIXED, paired=0.65)
"""More pairs, so that it looks for the bug itself."""
_WEIGHING = replace(SETTLING, missed_bug_weight=12.0)
"""`OK` for a bug costs more than `BUG` for its twin."""
FINISHING = replace(_WEIGHING, first=((0.15, _edits), (0.1, _tools)))
"""More drills in copying edits and paths exactly."""
POINTING = replace(_WEIGHING, quoted_weight=QUOTED_WEIGHT)
"""A name that is told wrongly costs more."""
SHOWING = replace(POINTING, first=((0.15, _example),))
FINDING = replace(POINTING, crowded=0.6, failed=0.4, first=((0.05, _example), (0.09, _chat)))
"""The one bug among pieces of correct code, and calls that come to nothing."""
