"""Whether a model folder is whole: shards, index, quantisation map, tokenizer, hashes.

Only headers and small files are read, except for the hashes. Whether the model then also
answers is for the engine to show.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from carnice_tui.core.safetensors import MalformedShard, Tensor, read_header
from carnice_tui.models.installed import DROPPED, Index

READ_BYTES = 1 << 20

MODES = ("affine", "mxfp4", "nvfp4", "mxfp8")
"""What MLX computes with."""

FLOAT_FORMATS = {(4, 16): "nvfp4", (4, 32): "mxfp4", (8, 32): "mxfp8"}
"""Bits and group size of the modes with 8-bit scales; affine ones have floating-point scales."""

_NAMED_BY_HASH = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
"""The hub names large files by their SHA-256 and small ones by their git hash."""


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: what, whether it is in order, and what was found."""

    name: str
    ok: bool
    found: str


class _Setting(msgspec.Struct):
    group_size: int | None = None
    bits: int | None = None
    mode: str | None = None


class _TokenizerConfig(msgspec.Struct):
    chat_template: object = None


class _Config(msgspec.Struct):
    quantization: dict[str, msgspec.Raw] | None = None


def verify_files(
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    hashes: bool = True,
) -> list[Check]:
    """Look at everything in `folder`; `progress` takes bytes hashed and bytes in all.

    Without `hashes` only headers and small files are read. The hashes are those by which the
    hub's cache names its files; a folder from elsewhere has none.
    """
    tensors: dict[str, tuple[str, Tensor]] = {}
    checks = [
        _shards(folder, tensors),
        _index(folder, tensors),
        _quantisation(folder, {name: tensor for name, (_, tensor) in tensors.items()}),
        _tokenizer(folder),
        _template(folder),
    ]
    return [*checks, *_hashes(folder, progress)] if hashes else checks


def _shards(folder: Path, tensors: dict[str, tuple[str, Tensor]]) -> Check:
    shards = sorted(folder.glob("model*.safetensors"))
    problems: list[str] = []
    for shard in shards:
        try:
            found = read_header(shard)
        except MalformedShard as error:
            problems.append(f"{shard.name} {error}")
            continue
        except OSError as error:
            problems.append(f"{shard.name}: {error.strerror}")
            continue
        problems += [f"{name} is in two shards" for name in found.keys() & tensors.keys()]
        tensors |= {name: (shard.name, tensor) for name, tensor in found.items()}
    if not shards:
        problems.append("there is no model*.safetensors")
    size = sum(tensor.nbytes for _, tensor in tensors.values())
    return _check(
        "shards", problems, f"{len(shards)} with {len(tensors)} tensors, {size / 1e9:.2f} GB"
    )


def _index(folder: Path, tensors: dict[str, tuple[str, Tensor]]) -> Check:
    path = folder / "model.safetensors.index.json"
    shards = {shard for shard, _ in tensors.values()}
    if not path.exists():
        alone = len(shards) <= 1
        return Check("index", alone, "none, and none is needed" if alone else "it is missing")
    try:
        named = msgspec.json.decode(path.read_bytes(), type=Index).weight_map
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        return Check("index", ok=False, found=f"it cannot be read: {error}")
    problems = [
        f"{name} is missing from {shard}"
        for name, shard in named.items()
        if name not in tensors or tensors[name][0] != shard
    ]
    problems += [f"{name} is not in the index" for name in tensors.keys() - named.keys()]
    return _check("index", problems, f"names all {len(named)} tensors")


def _quantisation(folder: Path, tensors: dict[str, Tensor]) -> Check:
    try:
        config = msgspec.json.decode((folder / "config.json").read_bytes(), type=_Config)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        return Check("quantisation", ok=False, found=f"config.json cannot be read: {error}")
    quantised = {
        name.removesuffix(".scales")
        for name in tensors
        if name.endswith(".scales") and not any(part in name for part in DROPPED)
    }
    if config.quantization is None:
        problems = [f"{path} has scales, and config.json no map" for path in sorted(quantised)]
        return _check("quantisation", problems[:3], "none")
    try:
        base, overrides = _settings(config.quantization)
    except msgspec.MsgspecError as error:
        return Check("quantisation", ok=False, found=f"the map cannot be read: {error}")
    problems: list[str] = []
    formats: dict[str, int] = {}
    for path in sorted(quantised):
        if f"{path}.weight" not in tensors:
            problems.append(f"{path} has scales and no weight")
            continue
        kept = _format_of(
            tensors[f"{path}.weight"], tensors[f"{path}.scales"], overrides.get(path), base
        )
        if kept is None:
            problems.append(f"{path} does not fit what the map says of it")
        else:
            formats[kept] = formats.get(kept, 0) + 1
    problems += [
        f"the map calls {path} quantised, and it has no scales"
        for path, setting in overrides.items()
        if setting is not None and f"{path}.weight" in tensors and path not in quantised
    ]
    modes = [s.mode for s in (base, *overrides.values()) if s is not None and s.mode]
    problems += [f"MLX has no mode {mode!r}" for mode in sorted(set(modes) - set(MODES))]
    listed = ", ".join(f"{count} {name}" for name, count in sorted(formats.items()))
    return _check("quantisation", problems, listed or "none")


def _settings(raw: dict[str, msgspec.Raw]) -> tuple[_Setting, dict[str, _Setting | None]]:
    """The default of the map, and its overrides (None: not quantised)."""
    keys = set(_Setting.__struct_fields__)
    encoded = {key: msgspec.json.decode(raw[key]) for key in keys & raw.keys()}
    base = msgspec.convert(encoded, _Setting)
    overrides: dict[str, _Setting | None] = {}
    for path, value in raw.items():
        content = bytes(value).strip()
        if content == b"false":
            overrides[path] = None
        elif content.startswith(b"{"):
            overrides[path] = msgspec.json.decode(value, type=_Setting)
    return base, overrides


def _format_of(
    weight: Tensor, scales: Tensor, stated: _Setting | None, base: _Setting
) -> str | None:
    """The format that the shapes show; None if they contradict the map or each other.

    Shapes alone leave a choice (4 bits in groups of 64, or 8 in groups of 32): where the map
    says nothing of this tensor, its default is tried first.
    """
    groups, packed = scales.shape[-1], weight.shape[-1] * 32
    if not groups or weight.shape[:-1] != scales.shape[:-1]:
        return None
    if scales.dtype == "U8":
        for (bits, group_size), mode in FLOAT_FORMATS.items():
            if packed == groups * group_size * bits and _agrees(stated, bits, group_size, mode):
                return mode
        return None
    choices = (
        [(stated.bits, stated.group_size)]
        if stated and stated.bits and stated.group_size
        else [
            (base.bits, base.group_size),
            *((bits, group) for group in (64, 32, 128) for bits in (2, 3, 4, 5, 6, 8)),
        ]
    )
    for bits, group_size in choices:
        if bits is None or group_size is None:
            continue
        if packed == groups * group_size * bits and _agrees(stated, bits, group_size, "affine"):
            return f"affine {bits}-bit"
    return None


def _agrees(stated: _Setting | None, bits: int, group_size: int, mode: str) -> bool:
    if stated is None:
        return True
    return (
        stated.bits in (None, bits)
        and stated.group_size in (None, group_size)
        and (stated.mode or "affine") == mode
    )


def _tokenizer(folder: Path) -> Check:
    found = [
        n for n in ("tokenizer.json", "tokenizer.model", "vocab.json") if (folder / n).exists()
    ]
    problems = [] if found else ["there is no tokenizer.json"]
    if not (folder / "tokenizer_config.json").exists():
        problems.append("there is no tokenizer_config.json")
    return _check("tokenizer", problems, ", ".join(found))


def _template(folder: Path) -> Check:
    if (folder / "chat_template.jinja").exists():
        return Check("chat template", ok=True, found="chat_template.jinja")
    try:
        content = (folder / "tokenizer_config.json").read_bytes()
        inside = bool(msgspec.json.decode(content, type=_TokenizerConfig).chat_template)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError):
        inside = False
    return Check("chat template", inside, "in tokenizer_config.json" if inside else "there is none")


def _hashes(folder: Path, progress: Callable[[int, int], None] | None) -> Iterator[Check]:
    named = {
        file: file.resolve().name
        for file in sorted(folder.iterdir())
        if file.is_symlink() and _NAMED_BY_HASH.fullmatch(file.resolve().name)
    }
    if not named:
        return
    total = sum(file.stat().st_size for file in named if file.exists())
    done = 0
    problems: list[str] = []
    for file, expected in named.items():
        if not file.exists():
            problems.append(f"{file.name} is missing")
            continue
        digest = hashlib.sha256() if len(expected) == 64 else _git_hash(file.stat().st_size)
        with file.open("rb") as content:
            while block := content.read(READ_BYTES):
                digest.update(block)
                done += len(block)
                if progress is not None:
                    progress(done, total)
        if digest.hexdigest() != expected:
            problems.append(f"{file.name} is not what the hub has: remove it and pull again")
    yield _check("hashes", problems, f"{len(named)} files are what the hub has")


def _git_hash(size: int) -> Any:
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


def _check(name: str, problems: list[str], found: str) -> Check:
    if not problems:
        return Check(name, ok=True, found=found)
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return Check(name, ok=False, found="; ".join(problems[:3]) + more)
