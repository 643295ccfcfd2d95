"""Convert the exported checkpoint with `mlx_lm.convert` and put it into the model folder."""
# pyright: reportUnknownVariableType=false

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from mlx_lm.convert import convert

from carnice_tui.models.demo_training.tokenizer import MODEL_FOLDER, TOKENIZER_FILES

DTYPE = "float16"


def convert_export(folder: Path, target: Path) -> None:
    """Convert `folder/huggingface` and copy weights and configuration into `target`."""
    with tempfile.TemporaryDirectory() as temporary:
        converted = Path(temporary) / "model"
        convert(str(folder / "huggingface"), str(converted), dtype=DTYPE)
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(converted / "model.safetensors", target)
        shutil.copy(converted / "generation_config.json", target)
        for name in TOKENIZER_FILES:
            if not (target / name).exists():
                shutil.copy(MODEL_FOLDER / name, target)
        config = json.loads((converted / "config.json").read_text())
        config["torch_dtype"] = DTYPE
        (target / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    """Convert the newest export."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".demo-training"))
    parser.add_argument("--output", type=Path, default=MODEL_FOLDER)
    options = parser.parse_args()
    convert_export(options.folder, options.output)
    print(f"wrote {options.output}")


if __name__ == "__main__":
    main()
