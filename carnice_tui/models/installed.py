"""What lies on this machine: the hub's cache and folders, read without asking anybody."""

import os
from pathlib import Path

import msgspec

from carnice_tui.core.safetensors import MalformedShard, read_header
from carnice_tui.models.catalog import Variant

DEMO_FOLDER = Path(__file__).parent / "demo"
"""The bundled model."""

DROPPED = ("mtp.", "vision_tower", "visual.")
"""Weights that mlx-lm leaves out of a text model."""


def hub_cache() -> Path:
    """The hub's cache, by the same variables as the hub's own library."""
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(cache).expanduser()
    home = os.environ.get("HF_HOME")
    if not home:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        home = str(Path(base) / "huggingface")
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def repository_folder(repository: str) -> Path:
    """Where the cache keeps everything of `repository`."""
    return hub_cache() / f"models--{repository.replace('/', '--')}"


def snapshot(repository: str) -> Path | None:
    """The newest complete snapshot of `repository` in the cache."""
    folder = repository_folder(repository)
    try:
        commit = (folder / "refs" / "main").read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
    if not commit or "/" in commit or commit.startswith("."):
        return None
    found = folder / "snapshots" / commit
    return found if is_whole(found) else None


def is_whole(folder: Path) -> bool:
    """Whether every file that the model's own index names is there."""
    if not (folder / "config.json").exists():
        return False
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return any(folder.glob("*.safetensors"))
    try:
        shards = msgspec.json.decode(index.read_bytes(), type=Index).weight_map.values()
    except (msgspec.MsgspecError, OSError):
        return True  # `models verify` says what is wrong with it
    return all((folder / name).exists() for name in set(shards))


class Index(msgspec.Struct):
    """`model.safetensors.index.json`: which shard holds which weight."""

    weight_map: dict[str, str]


def variant_folder(variant: Variant) -> Path | None:
    """Where `variant` lies on this machine, if all of it does."""
    if variant.bundled:
        return DEMO_FOLDER if is_whole(DEMO_FOLDER) else None
    if variant.folder:
        folder = Path(variant.folder).expanduser()
        return folder if is_whole(folder) else None
    return snapshot(variant.repository) if variant.repository else None


def weight_bytes(folder: Path, half_bytes: int = 2) -> int | None:
    """Bytes of the text model's weights, from the shards' headers; None if one is damaged.

    `half_bytes` is what a 16-bit float takes in memory: 4 on CPU, where it is computed as
    float32.
    """
    total = 0
    for shard in sorted(folder.glob("model*.safetensors")):
        try:
            tensors = read_header(shard)
        except (MalformedShard, OSError):
            return None
        total += sum(
            tensor.nbytes * (half_bytes // 2) if tensor.dtype in ("F16", "BF16") else tensor.nbytes
            for name, tensor in tensors.items()
            if not any(part in name for part in DROPPED)
        )
    return total or None


def streamed_bytes(folder: Path, half_bytes: int = 2) -> int | None:
    """Bytes of weights that are read for one token: all but the embedding's other rows."""
    total = weight_bytes(folder, half_bytes)
    if total is None:
        return None
    embedding = head = 0
    for shard in folder.glob("model*.safetensors"):
        for name, tensor in read_header(shard).items():
            nbytes = tensor.nbytes * (half_bytes // 2 if tensor.dtype in ("F16", "BF16") else 1)
            embedding += nbytes if ".embed_tokens." in name else 0
            head += nbytes if "lm_head." in name else 0
    return total - embedding if head else total  # tied: the embedding is the head


def disk_bytes(folder: Path) -> int:
    """Bytes that the files of a model take on disk."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
