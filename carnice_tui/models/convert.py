"""Conversion, seen from the program: what is asked of the child process and what it tells.

The child (`models.converter`) is the only part that loads MLX.
"""

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import msgspec

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.child import ChildEnded, lines_of
from carnice_tui.models.errors import ModelError
from carnice_tui.models.installed import is_whole
from carnice_tui.models.recipes import recipe_named

SHARD_BYTES = 2 * 1024**3
"""Bytes of weights a written file holds at most, and so about what a conversion keeps in
memory beside the largest tensor of the source."""

SPARE = 256 * 1024 * 1024
"""Bytes that stay free on the disk."""


class Job(msgspec.Struct, frozen=True):
    """A conversion. `imatrix` is the path of an importance matrix in GGUF, or empty."""

    source: str
    destination: str
    recipe: str
    imatrix: str = ""
    shard_bytes: int = SHARD_BYTES


class _Step(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of what the child tells."""


class TableRow(msgspec.Struct, frozen=True):
    """A tensor as it is written."""

    tensor: str
    mode: str
    bits: int
    group_size: int
    nbytes: int
    parameters: int


class Planned(_Step, frozen=True, tag="planned"):
    """What will be written; `kept` bytes of it are there from an earlier, broken-off run."""

    table: tuple[TableRow, ...]
    shards: int
    total: int
    kept: int = 0


class Scaling(_Step, frozen=True, tag="scaling"):
    """The importance matrix is being fused into layer `done` of `total`."""

    done: int
    total: int


class Written(_Step, frozen=True, tag="written"):
    """`done` of `total` bytes are on the disk."""

    done: int
    total: int


class Converted(_Step, frozen=True, tag="converted"):
    """The model is in `path`. `peak_memory` is what MLX took at most, in bytes."""

    path: str
    bits_per_weight: float
    peak_memory: int


class Refused(_Step, frozen=True, tag="refused"):
    """It cannot be converted; `message` says why and what to do."""

    message: str


Step = Planned | Scaling | Written | Converted | Refused


def partial_folder(destination: Path) -> Path:
    """Where a conversion is written until it is whole."""
    return destination.with_name(destination.name + ".partial")


def refuse_early(job: Job) -> None:
    """Look at what can be known without reading a weight.

    Raises:
        ModelError: the source is no model, the destination exists, the recipe is unknown, or
            the importance matrix is of no use to it.
    """
    recipe = recipe_named(job.recipe)
    source, destination = Path(job.source), Path(job.destination)
    if not (source / "config.json").is_file():
        raise ModelError(f"There is no model in {source}: it has no config.json.")
    if not is_whole(source):
        raise ModelError(
            f"The model in {source} is not whole: fetch it again with carnice-chat models pull."
        )
    if destination.exists() or destination.is_symlink():
        raise ModelError(
            f"{destination} is there already and is not overwritten: choose another name, or "
            "remove it."
        )
    if not os.access(_nearest(destination), os.W_OK):
        raise ModelError(f"{destination.parent} cannot be written: choose another place.")
    if job.imatrix and not recipe.scaled:
        raise ModelError(
            f"Recipe {recipe.name} takes no importance matrix: choose one of the ud recipes."
        )
    if job.imatrix and not Path(job.imatrix).is_file():
        raise ModelError(f"There is no importance matrix {job.imatrix}.")


def refuse_full_disk(destination: Path, needed: int) -> None:
    """Make sure that `needed` bytes fit where `destination` will be.

    Raises:
        ModelError: they do not.
    """
    free = shutil.disk_usage(_nearest(destination)).free
    if free < needed + SPARE:
        raise ModelError(
            f"There is no room for {destination}: it needs {needed / 1e9:,.1f} GB and "
            f"{free / 1e9:,.1f} GB are free. Make room, or choose another disk."
        )


def _nearest(path: Path) -> Path:
    """The closest folder above `path` that exists."""
    return next(parent for parent in path.absolute().parents if parent.is_dir())


async def convert(job: Job) -> AsyncGenerator[Step]:
    """Convert in a child process: the plan, progress, and `Converted` last.

    Closing the iterator stops it; what is written stays, and the same job goes on from there.

    Raises:
        ModelError: it cannot be done, or the child ended early.
    """
    refuse_early(job)
    decoder = msgspec.json.Decoder(Step)
    last: Step | None = None
    arguments = msgspec.json.encode(job).decode()
    try:
        async with aclosing(lines_of("carnice_tui.models.converter", arguments)) as lines:
            async for line in lines:
                step = last = decoder.decode(line)
                if isinstance(step, Refused):
                    raise ModelError(sanitize_line(step.message))
                yield step
    except ChildEnded as end:
        if not isinstance(last, Converted):
            raise ModelError(
                f"The conversion ended early ({end}), perhaps for "
                f"want of memory. What is written stays in {partial_folder(Path(job.destination))}"
                "; the same command goes on from there."
            ) from None
