"""Samples into padded batches of few shapes, made ahead in a worker process."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from carnice_tui.models.demo_training.recipe import SEED, Stage
from carnice_tui.models.demo_training.samples import Sample

LONGEST = 2048
"""Tokens; a longer sample is cut."""
LENGTH_STEP = 16
SCORED_STEP = 256
"""Scored positions are filled up to a multiple with some of weight 0. Without that every step has
shapes of its own, for each of which PyTorch keeps a compiled matrix product."""
GROUP_BATCHES = 24
"""Batches drawn together and sorted by length, so that little of each is padding."""


@dataclass(frozen=True)
class Batch:
    """Token ids `(batch, length)` and what is scored: flat positions whose next token counts."""

    ids: Tensor
    positions: Tensor
    weights: Tensor
    label_positions: Tensor
    labels: Tensor
    label_weights: Tensor
    """Where the classifier is asked, what is right there, and how much it counts."""


def _padded_length(sample: Sample) -> int:
    return min(LONGEST, -(-len(sample.ids) // LENGTH_STEP) * LENGTH_STEP)


def _padded(samples: list[Sample]) -> Batch:
    length = max(map(_padded_length, samples))
    ids = torch.zeros(len(samples), length, dtype=torch.long)
    positions: list[int] = []
    weights: list[float] = []
    labels: list[tuple[int, int, float]] = [(0, 0, 0.0)]
    for row, sample in enumerate(samples):
        kept = min(length, len(sample.ids))
        ids[row, :kept] = torch.tensor(sample.ids[:kept])
        for at in range(1, kept):
            weight = sample.weights[at]
            if weight > 0:
                positions.append(row * length + at - 1)
                weights.append(weight)
        labels += [(row * length + at, n, w) for at, n, w in sample.labels if at < kept]
    positions += [0] * (-len(positions) % SCORED_STEP)
    weights += [0.0] * (len(positions) - len(weights))
    labels += [(0, 0, 0.0)] * (-len(labels) % SCORED_STEP)
    places, numbers, counts = zip(*labels, strict=True)
    return Batch(
        ids,
        torch.tensor(positions),
        torch.tensor(weights),
        torch.tensor(places),
        torch.tensor(numbers),
        torch.tensor(counts),
    )


def _group(stage: Stage, index: int) -> list[Batch]:
    """The batches of one group: a pure function of the stage, the seed and the group's index."""
    rng = random.Random(f"{SEED}/{stage.name}/{index}")
    drawn: list[Sample] = []
    tokens = 0
    while tokens < GROUP_BATCHES * stage.batch_tokens:
        for sample in stage.source(rng):
            drawn.append(sample)
            tokens += min(LONGEST, len(sample.ids))
    drawn.sort(key=lambda sample: len(sample.ids))
    batches: list[Batch] = []
    waiting: list[Sample] = []
    for sample in drawn:
        length = _padded_length(sample)
        if (len(waiting) + 1) * length > stage.batch_tokens:
            batches.append(_padded(drawn[-2:] if len(waiting) == 1 else waiting))
            waiting = []
        waiting.append(sample)
    batches.append(_padded(drawn[-2:] if len(waiting) == 1 else waiting))
    rng.shuffle(batches)
    return batches


class _Groups(Dataset[list[Batch]]):
    def __init__(self, stage: Stage, first: int):
        self.stage = stage
        self.first = first

    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, index: int) -> list[Batch]:
        return _group(self.stage, self.first + index)


def groups(stage: Stage, first: int) -> Iterator[list[Batch]]:
    """Groups of batches from group `first` on, without end."""
    loader = DataLoader(
        _Groups(stage, first),
        batch_size=None,
        shuffle=False,
        num_workers=1,
        prefetch_factor=2,
    )
    return iter(loader)
