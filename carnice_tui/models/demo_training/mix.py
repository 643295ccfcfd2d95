"""The shares of the kinds of dialogue in the main stages."""

import random

from carnice_tui.models.demo_training.bugs import bug_samples
from carnice_tui.models.demo_training.chat import chat_sample
from carnice_tui.models.demo_training.samples import Sample
from carnice_tui.models.demo_training.tool_dialogues import tool_sample

TOOL_SHARE = 0.15
CHAT_SHARE = 0.09
SURROUNDED_SHARE = 0.45
"""Share of the pieces of code that get lines which have nothing to do with the bug."""


def mixed(rng: random.Random) -> list[Sample]:
    """One draw of the main mix."""
    roll = rng.random()
    if roll < TOOL_SHARE:
        return [tool_sample(rng)]
    if roll < TOOL_SHARE + CHAT_SHARE:
        return [chat_sample(rng)]
    return bug_samples(rng, surrounded=SURROUNDED_SHARE)
