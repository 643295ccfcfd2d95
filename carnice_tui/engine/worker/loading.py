"""Brings a model into memory: what it is, its tokenizer, and what its template can do."""

import hashlib
import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlx.core as mx

from carnice_tui.core.events import LoadProgress, ModelLoaded
from carnice_tui.engine.worker import blas, mlxlm
from carnice_tui.engine.worker.checks import (
    ModelRefused,
    check,
    check_memory,
    missing_shards,
    read_config,
)
from carnice_tui.engine.worker.generation import GenerationDefaults, generation_defaults
from carnice_tui.engine.worker.mlxlm import Model, evaluate
from carnice_tui.engine.worker.template import ChatTemplate

EVAL_BYTES = 256 * 1024 * 1024
"""Weights are brought in by portions of this size, so that progress can be shown."""

DEFAULT_WINDOW = 4096
"""Tokens; for configs that name no `max_position_embeddings`."""

SHOWN = 240
"""Characters of a library's error that are shown; some list every weight."""


@dataclass
class LoadedModel:
    """A model ready to answer."""

    model: Model
    template: ChatTemplate
    info: ModelLoaded
    generation: GenerationDefaults = field(default_factory=GenerationDefaults)
    """How the model wants to be sampled where nobody says otherwise."""


def backend() -> str:
    """Where MLX computes: "metal", "cuda" or "cpu"."""
    if mx.default_device() == mx.Device(mx.cpu):
        return "cpu"
    return "metal" if mx.metal.is_available() else "cuda"


def load(folder: Path, name: str, context_window: int) -> Iterator[LoadProgress | LoadedModel]:
    """Load the model in `folder`: progress in bytes, then the model, always last.

    `context_window` (tokens) caps the model's own; 0 takes it as it is.

    Raises:
        ModelRefused: it cannot be loaded; the message says why and what to do.
    """
    yield LoadProgress("checking")
    config = read_config(folder)
    check(folder, config)
    where = backend()
    total = check_memory(folder, where)
    yield LoadProgress("loading", 0, total)
    try:
        model, config = mlxlm.load_model(folder)
        if where == "cpu":
            # Half-precision matrix products are slow in the CPU build (measured 6-15x).
            model.set_dtype(mx.float32)
        for done in _materialise(model):
            yield LoadProgress("loading", min(done, total), total)
        tokenizer = mlxlm.load_tokenizer(folder, config.get("eos_token_id"))
        template = ChatTemplate(tokenizer)
        info = _describe(model, config, folder, name or folder.name, context_window, template)
    except Exception as error:
        # The libraries check what they are given each in its own way, or not at all: a value
        # in config.json that they cannot use ends in an error of any kind, deep inside them.
        traceback.print_exc(file=sys.stderr)
        if missing := missing_shards(folder):
            raise ModelRefused(
                f"Cannot load {folder.name!r}: {missing[0]} is missing, and so is what it held of "
                "the weights. Download it again with carnice-chat models pull."
            ) from error
        raise ModelRefused(
            f"Cannot load {folder.name!r}: {_in_one_line(error)}. Its files may not fit each "
            "other: check them with carnice-chat models verify, or download it again."
        ) from error
    yield LoadedModel(model, template, info, generation_defaults(folder))


def _in_one_line(error: Exception) -> str:
    """What the error says, or its name where it says nothing."""
    words = " ".join(str(error).split()).rstrip(".: ")
    shown = words if len(words) <= SHOWN else f"{words[:SHOWN]} …"
    return shown or type(error).__name__


def _materialise(model: Model) -> Iterator[int]:
    done = pending_bytes = 0
    pending: list[mx.array] = []
    for _, array in mlxlm.parameters(model):
        pending.append(array)
        pending_bytes += array.nbytes
        if pending_bytes >= EVAL_BYTES:
            evaluate(pending)
            done += pending_bytes
            pending, pending_bytes = [], 0
            yield done
    evaluate(pending)
    yield done + pending_bytes


def _describe(
    model: Model,
    config: dict[str, Any],
    folder: Path,
    name: str,
    context_window: int,
    template: ChatTemplate,
) -> ModelLoaded:
    text_config: dict[str, Any] = config.get("text_config") or {}
    named = text_config.get("max_position_embeddings") or config.get("max_position_embeddings")
    own = int(named or 0)
    own = own if own > 0 else DEFAULT_WINDOW
    window = min(own, context_window) if context_window else own
    arrays = [array for _, array in mlxlm.parameters(model)]
    return ModelLoaded(
        name=name,
        path=str(folder),
        model_type=str(config.get("model_type", "")),
        backend=backend(),
        context_window=window,
        weight_bytes=sum(array.nbytes for array in arrays),
        parameters=mlxlm.parameter_count(model),
        bits_per_weight=round(mlxlm.bits_per_weight(model), 2),
        quantization=_quantisation_name(config),
        has_thinking=template.has_thinking,
        preserves_thinking=template.preserves_thinking,
        has_tools=template.has_tools,
        blas=blas.in_use(),
        fingerprint=_fingerprint(folder),
    )


def _quantisation_name(config: dict[str, Any]) -> str:
    settings: dict[str, Any] = config.get("quantization") or {}
    if not settings:
        return ""
    mode = settings.get("mode") or "affine"
    mixed = any(isinstance(value, dict) for value in settings.values())
    return f"{mode} {settings.get('bits', '?')}-bit{' mixed' if mixed else ''}"


def _fingerprint(folder: Path) -> str:
    """Names weights, tokenizer and template together, without reading the weights."""
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(folder.iterdir()):
        if file.suffix in (".json", ".jinja"):
            digest.update(file.name.encode() + file.read_bytes())
        elif file.suffix == ".safetensors":
            digest.update(json.dumps([file.name, file.stat().st_size]).encode())
    return digest.hexdigest()
