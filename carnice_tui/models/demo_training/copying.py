"""The first stage: copying and nothing else, so that induction heads form before the real work.

A network that has met names only in answers learns names of the right shape. One that first had to
repeat random spans looks them up.
"""

import random

from carnice_tui.models.demo_training.samples import Sample, shipped_tokenizer
from carnice_tui.models.demo_training.tokenizer import SPECIAL_TOKENS, VOCABULARY_SIZE

_TOKENS = VOCABULARY_SIZE - len(SPECIAL_TOKENS)


def _span(rng: random.Random, length: int) -> list[int]:
    """Random tokens; sometimes from a small set, so that one token back is not enough to match."""
    if rng.random() < 0.4:
        few = [rng.randrange(_TOKENS) for _ in range(max(3, length // 2))]
        return [rng.choice(few) for _ in range(length)]
    return [rng.randrange(_TOKENS) for _ in range(length)]


def repeated_span(rng: random.Random) -> Sample:
    """Random tokens, then pieces of them again."""
    length = rng.randint(8, 70)
    span = _span(rng, length)
    ids, weights = list(span), [0.0] * length
    while len(ids) < 120:
        begin = rng.randrange(max(1, length - 5))
        piece = span[begin : begin + rng.randint(4, 24)]
        ids += piece
        weights += [0.0, 0.3] + [1.0] * (len(piece) - 2)
    return Sample(ids[:128], weights[:128])


def key_value(rng: random.Random) -> Sample:
    """Pairs of names, then some of the keys again: their values are wanted."""
    tokenizer = shipped_tokenizer()
    equals = rng.choice([" = ", ": ", " => ", ","])
    pairs = [
        (_span(rng, rng.randint(1, 3)), _span(rng, rng.randint(1, 4)))
        for _ in range(rng.randint(2, 9))
    ]
    mark = tokenizer.encode(equals).ids
    newline = tokenizer.encode("\n").ids
    ids: list[int] = []
    for key, value in pairs:
        ids += key + mark + value + newline
    weights = [0.0] * len(ids)
    asked = rng.sample(pairs, min(len(pairs), rng.randint(1, 4)))
    for key, value in asked:
        ids += key + mark + value + newline
        weights += [0.0] * (len(key) + len(mark)) + [1.0] * (len(value) + 1)
    return Sample(ids[:128], weights[:128])


def copying(rng: random.Random) -> list[Sample]:
    """One sample of the first stage."""
    return [repeated_span(rng) if rng.random() < 0.7 else key_value(rng)]
