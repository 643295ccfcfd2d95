"""Write the training checkpoint as a Hugging Face folder, which is what `mlx_lm.convert` reads."""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from carnice_tui.models.demo_training.network import Network, Shape, checkpoint_tensors
from carnice_tui.models.demo_training.tokenizer import (
    MODEL_FOLDER,
    TOKENIZER_FILES,
    load_tokenizer,
)


def export_checkpoint(folder: Path) -> Path:
    """Write `folder/huggingface` from `folder/checkpoint.pt`; returns it."""
    state = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    shape = Shape()
    network = Network(shape)
    network.load_state_dict(state["network"])
    target = folder / "huggingface"
    target.mkdir(parents=True, exist_ok=True)
    save_file(checkpoint_tensors(network), target / "model.safetensors", {"format": "pt"})
    end = load_tokenizer().token_to_id("<|im_end|>")
    config = shape.config() | {"eos_token_id": end}
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {"eos_token_id": end, "do_sample": False, "max_new_tokens": 512}
    (target / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    for name in TOKENIZER_FILES:
        shutil.copy(MODEL_FOLDER / name, target / name)
    return target


def main() -> None:
    """Export the newest checkpoint."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".demo-training"))
    print(f"wrote {export_checkpoint(parser.parse_args().folder)}")


if __name__ == "__main__":
    main()
