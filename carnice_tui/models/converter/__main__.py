"""`python -m carnice_tui.models.converter JOB`: converts, one JSON line a step on stdout.

It stops by itself when its standard input closes.
"""

import contextlib
import errno
import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from carnice_tui import __version__
from carnice_tui.models.convert import (
    Converted,
    Job,
    Planned,
    Refused,
    Scaling,
    Step,
    Written,
    partial_folder,
    refuse_full_disk,
)
from carnice_tui.models.errors import ModelError
from carnice_tui.models.recipes import recipe_named

JOB_FILE = "conversion.json"
"""Says in the unfinished folder what is being converted and how."""

CACHE_BYTES = 256 * 1024 * 1024
"""Of freed buffers that MLX may keep."""


def run(job: Job) -> Iterator[Step]:
    """Convert, going on where an earlier run of the same job stopped.

    Raises:
        ModelError: it cannot be done.
        OSError: the disk refuses.
    """
    import mlx.core as mx

    from carnice_tui.models.converter import quantise, scaling, shards, source
    from carnice_tui.models.gguf import read_importance

    mx.set_cache_limit(CACHE_BYTES)
    recipe = recipe_named(job.recipe)
    folder = Path(job.source)
    destination = Path(job.destination)
    partial = _begin(job, partial_folder(destination))
    model, config = source.open_source(folder)
    source.cast_floats(model, config)
    if job.imatrix:
        importance = read_importance(Path(job.imatrix))
        total = quantise.layer_count(model)
        for done in scaling.scale_layers(model, recipe, importance):
            yield Scaling(done, total)
    model, config = quantise.apply_recipe(model, config, recipe)
    table = quantise.table_of(model)
    weights = dict(quantise.named_arrays(model))
    parameters = sum(row.parameters for row in table)
    planned = shards.plan_shards(weights, job.shard_bytes)
    total = sum(array.nbytes for array in weights.values())
    kept = sum(
        sum(weights[n].nbytes for n in names)
        for name, names in planned.items()
        if shards.is_written(partial / name, weights, names)
    )
    refuse_full_disk(destination, total - kept)
    yield Planned(table, len(planned), total, kept)
    del model
    done = 0
    for size in shards.write_shards(partial, weights, planned):
        done += size
        yield Written(done, total)
    shards.write_index(partial, planned, total, parameters)
    source.write_config(config, partial / "config.json")
    shards.copy_files(folder, partial)
    (partial / "README.md").write_text(_card(job), encoding="utf-8")
    (partial / JOB_FILE).unlink()
    partial.rename(destination)
    bits = sum(row.nbytes for row in table) * 8 / max(1, parameters)
    yield Converted(str(destination), round(bits, 3), mx.get_peak_memory())


def _begin(job: Job, partial: Path) -> Path:
    """The folder to write into; refuses one that belongs to another conversion."""
    wanted = _fingerprint(job)
    described = partial / JOB_FILE
    if partial.exists():
        try:
            same = json.loads(described.read_text()) == wanted
        except (OSError, ValueError):
            same = False
        if not same:
            raise ModelError(
                f"{partial} is left from another conversion: remove it, or finish that one with "
                "the same source and recipe."
            )
        return partial
    partial.mkdir(parents=True)
    described.write_text(json.dumps(wanted))
    return partial


def _fingerprint(job: Job) -> dict[str, Any]:
    """What must be the same for a conversion to go on."""
    files = sorted(Path(job.source).glob("*.safetensors"))
    matrix = Path(job.imatrix).read_bytes() if job.imatrix else b""
    return {
        "recipe": job.recipe,
        "shard_bytes": job.shard_bytes,
        "imatrix": hashlib.blake2b(matrix, digest_size=16).hexdigest() if matrix else "",
        "config": hashlib.blake2b((Path(job.source) / "config.json").read_bytes()).hexdigest(),
        "files": [[f.name, f.stat().st_size, f.stat().st_mtime_ns] for f in files],
    }


def _card(job: Job) -> str:
    return (
        "---\nlibrary_name: mlx\npipeline_tag: text-generation\n---\n\n"
        f"Converted from {Path(job.source).name} with recipe `{job.recipe}` of carnice-chat "
        f"{__version__}. Licence, limits and attribution are those of the source.\n"
    )


def _told(error: Exception) -> Refused:
    match error:
        case ModelError():
            return Refused(str(error))
        case OSError() if error.errno == errno.ENOSPC:
            return Refused(
                "The disk is full. What is written stays; make room, and the same command goes on."
            )
        case _:
            first = (str(error).strip().splitlines() or [""])[0]
            return Refused(f"The conversion failed: {type(error).__name__}: {first}.")


def _stop_with_the_parent() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(1)


def main() -> None:
    """Convert as the job on the command line says."""
    threading.Thread(target=_stop_with_the_parent, daemon=True).start()
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries print must not get between the lines
    try:
        for step in run(msgspec.json.decode(sys.argv[1], type=Job)):
            output.write(msgspec.json.encode(step) + b"\n")
    except Exception as error:
        output.write(msgspec.json.encode(_told(error)) + b"\n")
    os._exit(0)  # without the teardown of native libraries, which may abort


if __name__ == "__main__":
    main()
