"""Writes weights shard by shard; what is whole from an earlier run is not written again."""
# MLX's types are partial.
# pyright: reportUnknownMemberType=false

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx

from carnice_tui.core.safetensors import MalformedShard, read_header

Weights = dict[str, mx.array]

KEPT_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)
"""What is taken over from the source as it is: tokenizer, template, generation settings."""


def plan_shards(weights: Weights, shard_bytes: int) -> dict[str, list[str]]:
    """Which weights go into which file, in order; a tensor over the limit gets its own."""
    groups: list[list[str]] = [[]]
    size = 0
    for name, array in weights.items():
        if groups[-1] and size + array.nbytes > shard_bytes:
            groups.append([])
            size = 0
        groups[-1].append(name)
        size += array.nbytes
    if len(groups) == 1:
        return {"model.safetensors": groups[0]}
    return {
        f"model-{number:05d}-of-{len(groups):05d}.safetensors": names
        for number, names in enumerate(groups, 1)
    }


def is_written(path: Path, weights: Weights, names: list[str]) -> bool:
    """Whether `path` is a whole shard of exactly these weights."""
    if not path.exists():
        return False
    try:
        header = read_header(path)
    except (MalformedShard, OSError):
        return False
    return {name: tensor.nbytes for name, tensor in header.items()} == {
        name: weights[name].nbytes for name in names
    }


def write_shards(folder: Path, weights: Weights, shards: dict[str, list[str]]) -> Iterator[int]:
    """Write what is missing; yields the bytes of each shard when it is on the disk.

    `weights` is emptied on the way, so that no more than one shard is in memory.
    """
    for name, tensors in shards.items():
        path = folder / name
        size = sum(weights[tensor].nbytes for tensor in tensors)
        if not is_written(path, weights, tensors):
            shard = {tensor: weights[tensor] for tensor in tensors}
            for array in shard.values():
                mx.eval(array)  # one by one: what it was made from is let go at once
            _write(path, shard)
        for tensor in tensors:
            del weights[tensor]
        mx.clear_cache()
        yield size


def _write(path: Path, shard: Weights) -> None:
    """A shard is either whole or not there under its name."""
    partial = path.with_name("writing-" + path.name)
    mx.save_safetensors(str(partial), shard, metadata={"format": "mlx"})
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    partial.replace(path)


def write_index(folder: Path, shards: dict[str, list[str]], total: int, parameters: int) -> None:
    """`model.safetensors.index.json`, as mlx-lm writes it."""
    weight_map = {name: shard for shard, names in shards.items() for name in names}
    index: dict[str, Any] = {
        "metadata": {"total_size": total, "total_parameters": parameters},
        "weight_map": dict(sorted(weight_map.items())),
    }
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=4))


def copy_files(source: Path, folder: Path) -> None:
    """Take over tokenizer, template and generation settings."""
    for name in KEPT_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
