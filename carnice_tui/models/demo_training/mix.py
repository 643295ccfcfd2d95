"""The shares of the kinds of dialogue in the main stages."""

import random

from carnice_tui.models.demo_training.bugs import PAIRED_SHARE, bug_samples
from carnice_tui.models.demo_training.chat import chat_sample
from carnice_tui.models.demo_training.samples import Sample
from carnice_tui.models.demo_training.tool_dialogues import tool_sample

TOOL_SHARE = 0.15
CHAT_SHARE = 0.09
SURROUNDED_SHARE = 0.45
"""Share of the pieces of code that get lines which have nothing to do with the bug."""
SETTLING_PAIRED_SHARE = 0.65


def settling(rng: random.Random) -> list[Sample]:
    """One draw of the last stage's mix: more pairs, so that it looks for the bug itself."""
    return mixed(rng, paired=SETTLING_PAIRED_SHARE)


def mixed(rng: random.Random, paired: float = PAIRED_SHARE) -> list[Sample]:
    """One draw of the main mix; `paired` as in `bug_samples`."""
    roll = rng.random()
    if roll < TOOL_SHARE:
        return [tool_sample(rng)]
    if roll < TOOL_SHARE + CHAT_SHARE:
        return [chat_sample(rng)]
    return bug_samples(rng, surrounded=SURROUNDED_SHARE, paired=paired)
