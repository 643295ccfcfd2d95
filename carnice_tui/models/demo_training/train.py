"""Train the demo model, stage by stage; safe to stop, and run again to go on."""

import argparse
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch

from carnice_tui.models.demo_training.batches import Batch, groups
from carnice_tui.models.demo_training.induction import plant_induction
from carnice_tui.models.demo_training.muon import Muon
from carnice_tui.models.demo_training.network import Network, Shape
from carnice_tui.models.demo_training.recipe import SEED, STAGES, Stage

CHECKPOINT_SECONDS = 180.0
LOG_EVERY = 20  # steps
WARM_UP_STEPS = 150


@dataclass
class Progress:
    """Where the run stands."""

    stage: str = STAGES[0].name
    group: int = 0
    step: int = 0
    stage_tokens: int = 0
    tokens: int = 0
    seconds: float = 0.0


class Trainer:
    """The network, its two optimisers, and where they stand."""

    def __init__(self, folder: Path):
        torch.manual_seed(SEED)
        self.folder = folder
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.network = Network(Shape())
        plant_induction(self.network)
        self.network.to(self.device)
        hidden = [p for p in self.network.layers.parameters() if p.ndim == 2]
        chosen = {id(p) for p in hidden}
        rest = [p for p in self.network.parameters() if id(p) not in chosen]
        self.muon = Muon(hidden, lr=0.02)
        self.adam = torch.optim.AdamW(
            rest, lr=3e-3, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )
        self.progress = Progress()
        for layer in self.network.layers:
            layer.compile(dynamic=True)
        self.saved_at = time.monotonic()
        self.stopping = False

    def stop(self, _signal: int, _frame: object) -> None:
        """Save after the group of batches in work, then leave."""
        self.stopping = True

    def resume(self) -> None:
        """Go on from the newest checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.progress = Progress(**state["progress"])

    def save(self) -> None:
        """Write the checkpoint so that a stop in the middle leaves the old one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "checkpoint.pt"
        state = {
            "network": self.network.state_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "progress": asdict(self.progress),
        }
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)
        self.saved_at = time.monotonic()

    def step(self, batch: Batch) -> torch.Tensor:
        """One optimiser step; returns the loss."""
        tensors = (getattr(batch, entry.name) for entry in fields(batch))
        with torch.autocast(self.device, torch.bfloat16):
            loss = self.network.loss(*(tensor.to(self.device) for tensor in tensors))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.adam.param_groups[0]["params"], 1.0)
        self.muon.step()
        self.adam.step()
        self.network.zero_grad(set_to_none=True)
        return loss.detach()

    def run_stage(self, stage: Stage) -> None:
        """Train until the stage has seen its tokens."""
        progress = self.progress
        if progress.stage_tokens >= stage.tokens:
            return
        losses: list[torch.Tensor] = []
        seen = 0
        began = time.monotonic()
        for group in groups(stage, progress.group):
            for batch in group:
                self._set_rates(stage)
                losses.append(self.step(batch))
                progress.step += 1
                count = batch.ids.numel()
                progress.stage_tokens += count
                progress.tokens += count
                seen += count
                if progress.step % LOG_EVERY == 0:
                    elapsed = time.monotonic() - began
                    progress.seconds += elapsed
                    self._log(stage, float(torch.stack(losses).mean()), seen / elapsed)
                    losses, seen, began = [], 0, time.monotonic()
            progress.group += 1
            if self.stopping or time.monotonic() - self.saved_at > CHECKPOINT_SECONDS:
                self.save()
            if self.stopping:
                raise SystemExit("stopped; run again to go on")
            if progress.stage_tokens >= stage.tokens:
                return

    def _set_rates(self, stage: Stage) -> None:
        done = min(1.0, self.progress.stage_tokens / stage.tokens)
        share = 1.0 + done * (stage.final_lr_share - 1.0)
        warm = min(1.0, (self.progress.step + 1) / WARM_UP_STEPS)
        for optimiser, rate in ((self.muon, stage.muon_lr), (self.adam, stage.adam_lr)):
            for parameters in optimiser.param_groups:
                parameters["lr"] = rate * share * warm

    def _log(self, stage: Stage, loss: float, speed: float) -> None:
        progress = self.progress
        line = {
            "stage": stage.name,
            "step": progress.step,
            "tokens": progress.tokens,
            "loss": round(loss, 4),
            "tokens_per_second": round(speed),
            "seconds": round(progress.seconds, 1),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def main() -> None:
    """Run every stage of the recipe that is not done yet."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".demo-training"))
    folder: Path = parser.parse_args().folder
    torch.set_num_threads(os.cpu_count() or 1)
    trainer = Trainer(folder)
    trainer.resume()
    signal.signal(signal.SIGTERM, trainer.stop)
    names = [stage.name for stage in STAGES]
    for stage in STAGES[names.index(trainer.progress.stage) :]:
        if stage.name != trainer.progress.stage:
            trainer.progress.stage = stage.name
            trainer.progress.group = trainer.progress.stage_tokens = 0
        trainer.run_stage(stage)
        trainer.save()


if __name__ == "__main__":
    main()
