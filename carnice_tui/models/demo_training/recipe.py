"""The stages the demo model is trained in, in order. One seed, one list; nothing else decides."""

from dataclasses import dataclass

from carnice_tui.models.demo_training.bugs import bug_samples
from carnice_tui.models.demo_training.copying import copying
from carnice_tui.models.demo_training.mix import finishing, mixed, settling, weighing
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
    Stage("mix", 13_000_000, mixed, final_lr_share=0.54),
    Stage("settle", 13_000_000, settling, muon_lr=0.0108, adam_lr=1.6e-3, final_lr_share=0.03),
    Stage("verdict", 700_000, weighing, muon_lr=1.6e-3, adam_lr=2.4e-4, final_lr_share=0.1),
    Stage("again", 3_000_000, settling, muon_lr=5e-3, adam_lr=7.5e-4, final_lr_share=0.05),
    Stage("long settle", 25_000_000, settling, muon_lr=0.01, adam_lr=1.5e-3, final_lr_share=0.03),
    Stage("last verdict", 1_500_000, weighing, muon_lr=1.6e-3, adam_lr=2.4e-4, final_lr_share=0.1),
    Stage("exact", 7_500_000, finishing, muon_lr=6e-3, adam_lr=9e-4, final_lr_share=0.03),
    Stage("echoes", 4_500_000, finishing, muon_lr=4e-3, adam_lr=6e-4, final_lr_share=0.03),
)
