"""The stages the demo model is trained in, in order. One seed, one list; nothing else decides."""

from dataclasses import dataclass

from carnice_tui.models.demo_training.bugs import bug_samples
from carnice_tui.models.demo_training.copying import copying
from carnice_tui.models.demo_training.mix import (
    FINDING,
    FINISHING,
    MIXED,
    POINTING,
    SETTLING,
    SHOWING,
)
from carnice_tui.models.demo_training.samples import Source

SEED = 20_260


@dataclass(frozen=True)
class Stage:
    """A stretch of training on one mix of samples."""

    name: str
    tokens: int
    """Padded tokens to see before the next stage."""
    source: Source
    batch_tokens: int = 8192
    muon_lr: float = 0.02
    adam_lr: float = 3e-3
    final_lr_share: float = 1.0
    """Learning rate at the stage's end as a share of its start; linear between."""


STAGES: tuple[Stage, ...] = (
    Stage("copying", 500_000, copying, muon_lr=0.01, adam_lr=2e-3),
    Stage("bugs", 2_000_000, bug_samples),
    Stage("mix", 13_000_000, MIXED, final_lr_share=0.54),
    Stage("settle", 19_000_000, SETTLING, muon_lr=0.0108, adam_lr=1.6e-3),
    Stage("anneal", 12_000_000, SETTLING, muon_lr=0.0108, adam_lr=1.6e-3, final_lr_share=0.03),
    Stage("finish", 4_000_000, FINISHING, muon_lr=2.5e-3, adam_lr=3.8e-4, final_lr_share=0.04),
    Stage("names", 7_000_000, POINTING, muon_lr=6e-3, adam_lr=9e-4, final_lr_share=0.03),
    Stage("example", 3_500_000, SHOWING, muon_lr=3e-3, adam_lr=4.5e-4, final_lr_share=0.03),
    Stage("crowd", 6_000_000, FINDING, muon_lr=6e-3, adam_lr=9e-4, final_lr_share=0.03),
)
