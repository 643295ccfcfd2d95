"""Refuses a model folder before any weight is read, and says why and what to use instead."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import mlx.core as mx
import psutil

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import ModelLoaded
from carnice_tui.core.safetensors import MalformedShard, Tensor, read_header
from carnice_tui.engine.worker.mlxlm import Json, architecture

QUANTISATION_MODES = ("affine", "mxfp4", "nvfp4", "mxfp8")
"""What MLX can compute with."""

CONVERTIBLE_METHODS = ("bitnet", "mxfp4", "mxfp8", "compressed-tensors", "modelopt", "awq", "gptq")
"""`quantization_config.quant_method` values that mlx-lm turns into one of those modes."""

OVERHEAD_BYTES = {"metal": 1_500_000_000, "cuda": 1_500_000_000, "cpu": 300_000_000}
"""Libraries, activations and allocator slack; measured on CPU, reported for Metal."""

REPEATED = "language_model.language_model."


class ModelRefused(CarniceError):
    """This folder is not loaded; the message says why and what to do."""


def read_config(folder: Path) -> Json:
    """The model's config.json.

    Raises:
        ModelRefused: there is no folder, no config.json, or it is no JSON object.
    """
    if not folder.is_dir():
        raise ModelRefused(
            f"Cannot load {str(folder)!r}: there is no such folder. Give a model folder, "
            "a Hugging Face repository id, or the word demo."
        )
    path = folder / "config.json"
    if not path.is_file():
        raise ModelRefused(f"Cannot load {folder.name!r}: {_what_lacks_config(folder)}")
    try:
        config: object = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ModelRefused(
            f"Cannot load {folder.name!r}: its config.json is no valid JSON ({error}). "
            "Download the model again."
        ) from error
    if not isinstance(config, dict):
        raise ModelRefused(f"Cannot load {folder.name!r}: its config.json holds no JSON object.")
    return cast("Json", config)


def check(folder: Path, config: Json) -> None:
    """Refuse what cannot or must not be loaded.

    Raises:
        ModelRefused: with the reason and what to use instead.
    """
    name = folder.name
    for key in ("model_file", "auto_map"):
        if config.get(key):
            raise ModelRefused(
                f"Refused {name!r}: its config.json names {key}, Python code that would run "
                "on this machine. Use a conversion without it."
            )
    _check_files(folder)
    _check_names(folder)
    _check_architecture(name, config)
    for section in (config, _object(config.get("text_config"))):
        _check_quantisation(name, section)


def _what_lacks_config(folder: Path) -> str:
    if any(folder.glob("*.gguf")):
        return (
            "it holds GGUF files, which MLX does not run. Use an MLX conversion "
            "(safetensors with a config.json)."
        )
    return "it has no config.json, so it is no model folder. Give the folder that holds one."


def _check_files(folder: Path) -> None:
    name = folder.name
    if any(folder.glob("model*.safetensors")):
        return
    if any(folder.glob("*.gguf")):
        raise ModelRefused(
            f"Refused {name!r}: its weights are GGUF, which MLX does not run. Use an MLX "
            "conversion (safetensors)."
        )
    pickles = [p for pattern in ("*.bin", "*.pt", "*.pth", "*.pkl") for p in folder.glob(pattern)]
    if pickles:
        raise ModelRefused(
            f"Refused {name!r}: its weights are Python pickles ({pickles[0].name}), which can "
            "run code when read. Use a safetensors conversion."
        )
    raise ModelRefused(
        f"Cannot load {name!r}: it has a config.json but no model*.safetensors. The download "
        "may not be complete: fetch it again with carnice-chat models pull."
    )


def _check_architecture(name: str, config: Json) -> None:
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        raise ModelRefused(f"Cannot load {name!r}: its config.json names no model_type.")
    module = architecture(config)
    known = (
        module.replace("_", "").replace("-", "").isalnum()
        and importlib.util.find_spec(f"mlx_lm.models.{module}") is not None
    )
    if not known:
        raise ModelRefused(
            f"Cannot load {name!r}: model type {model_type!r} is unknown to this mlx-lm. "
            "Carnice and Qwen3.6 are of type qwen3_5; a newer mlx-lm may know more."
        )


def _check_quantisation(name: str, config: Json) -> None:
    if quantisation := _object(config.get("quantization")):
        _check_mode(name, "quantization", quantisation)
        for path, override in quantisation.items():
            if settings := _object(override):
                _check_mode(name, path, settings)
        return
    if legacy := _object(config.get("quantization_config")):
        method = str(legacy.get("quant_method", ""))
        convertible = method in CONVERTIBLE_METHODS or (
            method == "fp8" and legacy.get("scale_fmt") == "ue8m0"
        )
        if not convertible:
            raise ModelRefused(
                f"Cannot load {name!r}: its weights are quantised as {method or 'unknown'!r}, "
                f"which MLX cannot compute with. Use one of {', '.join(QUANTISATION_MODES)}."
            )


def _check_mode(name: str, where: str, settings: Json) -> None:
    mode = settings.get("mode") or "affine"
    if mode not in QUANTISATION_MODES:
        raise ModelRefused(
            f"Cannot load {name!r}: {where} is quantised with mode {mode!r}, which MLX cannot "
            f"compute with. Use a variant in one of {', '.join(QUANTISATION_MODES)}."
        )


def weight_bytes(folder: Path, *, as_float32: bool) -> int:
    """Bytes the weights take in memory, read from the safetensors headers alone.

    With `as_float32`, 16-bit tensors count double (on CPU they are computed in float32).
    Vision and multi-token-prediction weights do not count: mlx-lm drops them.

    Raises:
        ModelRefused: a shard is cut short or is no safetensors file.
    """
    return sum(
        tensor.nbytes * (2 if as_float32 and tensor.dtype in ("F16", "BF16") else 1)
        for tensors in _headers(folder)
        for key, tensor in tensors.items()
        if not ("mtp." in key or "vision_tower" in key or "visual." in key)
    )


def _headers(folder: Path) -> Iterator[dict[str, Tensor]]:
    for shard in sorted(folder.glob("model*.safetensors")):
        try:
            yield read_header(shard)
        except (MalformedShard, OSError) as error:
            # The hub's cache is made of links, and what one leads to can be gone.
            why = f"cannot be read ({error.strerror})" if isinstance(error, OSError) else error
            raise ModelRefused(
                f"Cannot load {folder.name!r}: {shard.name} {why}. "
                "Download it again with carnice-chat models pull."
            ) from error


def missing_shards(folder: Path) -> list[str]:
    """Shards that the index names and that are not there. mlx-lm does not ask it, and one that is
    left of another form of the model does no harm: this is for a folder that would not load."""
    try:
        index: object = json.loads((folder / "model.safetensors.index.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    named = _object(_object(index).get("weight_map")).values()
    return sorted({str(shard) for shard in named if not (folder / str(shard)).is_file()})


def _check_names(folder: Path) -> None:
    """The original Carnice weights repeat a prefix, which mlx-lm does not know."""
    if any(key.startswith(REPEATED) for tensors in _headers(folder) for key in tensors):
        raise ModelRefused(
            f"Cannot load {folder.name!r}: its weights carry the prefix {REPEATED!r}, as the "
            "original Carnice does. Use a conversion such as carnice-4bit, or convert it: "
            "carnice-chat models convert."
        )


def snapshot_budget(loaded: ModelLoaded) -> int:
    """Bytes that snapshots of recurrent layers may hold: a quarter of what the weights leave.

    At least three of a 27B model's 147 MiB, so that an edit or a regeneration never reads a
    whole conversation again; at most fourteen.
    """
    return min(max(_left_bytes(loaded) // 4, 450 * 1024**2), 2 * 1024**3)


def resting_budget(loaded: ModelLoaded) -> int:
    """Bytes that conversations other than the present one may hold: another quarter.

    At most 8 GiB: at 27B some 100,000 tokens, or twenty agents of 3,000.
    """
    return min(max(_left_bytes(loaded) // 4, 0), 8 * 1024**3)


def _left_bytes(loaded: ModelLoaded) -> int:
    """What the weights leave, where they are not yet taken off what can be had."""
    weights = loaded.weight_bytes if loaded.backend == "metal" else 0
    return available_bytes(loaded.backend) - weights


def available_bytes(backend: str) -> int:
    """Memory a model may take: the GPU's recommended working set, or the free main memory."""
    recommended = mx.device_info().get("max_recommended_working_set_size")
    free = psutil.virtual_memory().available
    if backend == "metal" and recommended:
        return int(recommended)
    return free


def check_memory(folder: Path, backend: str) -> int:
    """Refuse a model that does not fit; gives the bytes of its weights.

    Raises:
        ModelRefused: with what it needs and what there is.
    """
    weights = weight_bytes(folder, as_float32=backend == "cpu")
    needed = weights + OVERHEAD_BYTES.get(backend, OVERHEAD_BYTES["cpu"])
    there = available_bytes(backend)
    if needed > there:
        raise ModelRefused(
            f"Cannot load {folder.name!r}: it needs {needed / 1e9:.1f} GB "
            f"({weights / 1e9:.1f} GB of weights) and {there / 1e9:.1f} GB can be had. Choose a "
            "smaller variant (carnice-chat models fit), or close other programs."
        )
    return weights


def _object(value: object) -> Json:
    """`value` if it is a JSON object, else an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}
