"""Opens a model to be converted: weights stay on disk until they are asked for."""
# MLX's types are partial, and mlx-lm has none.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUntypedBaseClass=false
# pyright: reportUnknownVariableType=false, reportMissingTypeStubs=false

import json
from pathlib import Path
from typing import Any, cast

import mlx.core as mx
import mlx.nn as nn
import mlx_lm.utils as mlx_lm_utils
from mlx.utils import tree_map_with_path

from carnice_tui.models.errors import ModelError

Json = dict[str, Any]

PREFIX = "language_model."
"""The original Carnice weights carry it three times over; mlx-lm expects it once."""

DTYPES = {"bfloat16": mx.bfloat16, "float16": mx.float16, "float32": mx.float32}


def open_source(folder: Path) -> tuple[nn.Module, Json]:
    """The model and its configuration.

    Raises:
        ModelError: it is quantised already, would run code of its own, or does not fit its
            configuration.
    """
    config = json.loads((folder / "config.json").read_bytes())
    for key in ("model_file", "auto_map"):
        if config.get(key):
            raise ModelError(f"{folder} is refused: its config.json names {key}, code to be run.")
    text = config.get("text_config") or {}
    if any(part.get(key) for part in (config, text) for key in _QUANTISED):
        raise ModelError(
            f"{folder} is quantised already: convert the original (BF16) weights, such as "
            "kai-os/Carnice-V2-27b."
        )
    try:
        model, config = mlx_lm_utils.load_model(
            folder, lazy=True, get_model_classes=_classes_with_one_prefix
        )
    except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{folder} cannot be read as a model: {first}.") from error
    return model, cast("Json", config)


_QUANTISED = ("quantization", "quantization_config")


def _classes_with_one_prefix(config: Json) -> tuple[type, type]:
    """mlx-lm's classes for this model, which also understand repeated prefixes."""
    # mlx-lm has no public name for this.
    model_class, arguments = cast("tuple[type, type]", mlx_lm_utils._get_classes(config))  # pyright: ignore[reportPrivateUsage]

    class Prefixed(model_class):
        def sanitize(self, weights: dict[str, mx.array]) -> dict[str, mx.array]:
            named = {_with_one_prefix(name): array for name, array in weights.items()}
            own = getattr(super(), "sanitize", None)
            return cast("dict[str, mx.array]", own(named)) if own else named

    return Prefixed, arguments


def _with_one_prefix(name: str) -> str:
    rest = name
    while rest.startswith(PREFIX * 2):
        rest = rest.removeprefix(PREFIX)
    return rest


def cast_floats(model: nn.Module, config: Json) -> None:
    """Give the weights the type that the configuration names (bfloat16 where it names none)."""
    text = config.get("text_config") or {}
    name = config.get("torch_dtype") or config.get("dtype") or text.get("dtype") or "bfloat16"
    wanted = DTYPES.get(str(name), mx.bfloat16)
    keep = getattr(model, "cast_predicate", lambda _path: True)

    def convert(path: str, array: mx.array) -> mx.array:
        floating = mx.issubdtype(array.dtype, mx.floating)
        return array.astype(wanted) if floating and keep(path) else array

    model.update(tree_map_with_path(convert, model.parameters()))


def write_config(config: Json, path: Path) -> None:
    """config.json as mlx-lm writes it."""
    mlx_lm_utils.save_config(config, path)
