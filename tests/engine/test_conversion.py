"""Conversion: every recipe gives what it says, and what mlx-lm itself loads and would write."""

import asyncio
import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx_lm
import pytest
from mlx.utils import tree_flatten
from mlx_lm.convert import mixed_quant_predicate_builder
from mlx_lm.utils import load_model, quantize_model

from carnice_tui.core.events import EngineFailed, ModelLoaded, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.local import LocalEngine
from carnice_tui.models.architecture import architecture_of
from carnice_tui.models.catalog import load_catalogue
from carnice_tui.models.convert import (
    Converted,
    Job,
    Planned,
    Step,
    Written,
    convert,
    partial_folder,
)
from carnice_tui.models.converter.__main__ import run
from carnice_tui.models.errors import ModelError
from carnice_tui.models.recipes import RECIPES, affine
from carnice_tui.models.verify import verify_files
from tests.engine.tiny_models import build_hybrid

SMALL_SHARD = 40_000


@pytest.fixture(scope="module")
def converted(hybrid: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Step]]:
    """Every recipe's conversion of the tiny hybrid: the steps, of which the last has the path."""
    folder = tmp_path_factory.mktemp("converted")
    return {
        name: list(run(Job(str(hybrid), str(folder / name), name, shard_bytes=SMALL_SHARD)))
        for name in RECIPES
    }


def path_of(steps: list[Step]) -> Path:
    assert isinstance(steps[-1], Converted)
    return Path(steps[-1].path)


@pytest.mark.parametrize("name", RECIPES)
def test_the_table_is_the_recipes(name: str, converted: dict[str, list[Step]], hybrid: Path):
    recipe = RECIPES[name]
    architecture = architecture_of((hybrid / "config.json").read_bytes())
    expected = {
        row.tensor.path: (row.format.mode, row.format.bits, row.format.group_size, row.nbytes)
        for row in recipe.plan(architecture)
        if row.tensor.linear
    }
    planned = next(step for step in converted[name] if isinstance(step, Planned))
    table = {r.tensor: (r.mode, r.bits, r.group_size, r.nbytes) for r in planned.table}
    assert {path: table[path] for path in expected} == expected
    kept = next(r for r in planned.table if r.tensor.endswith("A_log"))
    assert kept.mode == "float32"


@pytest.mark.parametrize("name", RECIPES)
def test_the_files_verify_and_hold_the_bytes_of_the_table(
    name: str, converted: dict[str, list[Step]]
):
    checks = verify_files(path_of(converted[name]))
    assert not [check for check in checks if not check.ok]
    planned = next(step for step in converted[name] if isinstance(step, Planned))
    assert planned.shards > 1
    assert planned.total == sum(row.nbytes for row in planned.table)
    assert converted[name][-2] == Written(planned.total, planned.total)


async def test_every_recipe_loads_in_the_worker_and_answers(
    converted: dict[str, list[Step]], tmp_path: Path
):
    engine = LocalEngine(log=tmp_path / "worker.log")
    request = TurnRequest(
        (Message("user", "the bug"),), sampling=Sampling(temperature=0), max_tokens=6
    )
    try:
        for name, steps in converted.items():
            events = [event async for event in engine.load(str(path_of(steps)))]
            assert isinstance(events[-1], ModelLoaded), (name, events[-1])
            answer = [event async for event in engine.turn(request)]
            assert not [e for e in answer if isinstance(e, EngineFailed)]
            finished = answer[-1]
            assert isinstance(finished, TurnFinished)
            assert finished.reason in ("stop", "length"), name
    finally:
        await engine.close()


@pytest.mark.parametrize("name", ["4bit", "mixed_3_6", "nvfp4", "mxfp8"])
def test_the_weights_are_those_that_mlx_lm_itself_would_write(
    name: str, converted: dict[str, list[Step]], hybrid: Path
):
    recipe = RECIPES[name]
    model, config = load_model(hybrid)
    model.set_dtype(mx.bfloat16, lambda dtype: dtype == mx.float32)
    for layer in model.layers:
        if layer.is_linear:
            source, _ = load_model(hybrid)
            break
    for ours, theirs in zip(model.layers, source.layers, strict=True):
        if ours.is_linear:
            ours.linear_attn.A_log = theirs.linear_attn.A_log
    predicate: Any = (
        mixed_quant_predicate_builder("mixed_3_6", model, 64) if name == "mixed_3_6" else None
    )
    base = recipe.base
    model, _ = quantize_model(
        model, config, base.group_size, base.bits, mode=base.mode, quant_predicate=predicate
    )
    written, _ = load_model(path_of(converted[name]))
    expected = dict(tree_flatten(model.parameters()))
    found = dict(tree_flatten(written.parameters()))
    assert found.keys() == expected.keys()
    assert not [key for key in expected if not mx.array_equal(found[key], expected[key])]


def test_the_mixed_recipe_decides_as_mlx_lm_for_all_64_layers():
    class Shape:
        layers = range(64)

        def named_modules(self):
            return [("language_model.model.layers.0.mlp.down_proj", None)]

    predicate: Any = mixed_quant_predicate_builder("mixed_3_6", Shape(), 64)
    catalogue = load_catalogue()
    variant = catalogue.find("carnice-mixed_3_6")
    assert variant
    for row in catalogue.plan(variant) or []:
        if row.tensor.linear:
            assert row.format == affine(predicate(row.tensor.path, None)["bits"]), row.tensor.path


def test_a_dense_model_converts_too(dense: Path, tmp_path: Path):
    list(run(Job(str(dense), str(tmp_path / "out"), "ud-nvfp4")))
    model, tokenizer = mlx_lm.load(str(tmp_path / "out"))[:2]
    assert mlx_lm.generate(model, tokenizer, "the bug", max_tokens=3) is not None


async def test_a_conversion_that_was_stopped_goes_on_and_writes_nothing_twice(
    hybrid: Path, tmp_path: Path
):
    job = Job(str(hybrid), str(tmp_path / "out"), "6bit", shard_bytes=SMALL_SHARD)
    steps = convert(job)
    async with contextlib.aclosing(steps):
        async for step in steps:
            if isinstance(step, Written):
                break
    partial = partial_folder(tmp_path / "out")
    first = next(iter(sorted(partial.glob("model-*.safetensors"))))
    stamp = first.stat().st_mtime_ns
    assert not (tmp_path / "out").exists()
    again = [step async for step in convert(job)]
    planned = next(step for step in again if isinstance(step, Planned))
    assert planned.kept > 0
    assert (tmp_path / "out" / first.name).stat().st_mtime_ns == stamp
    assert not partial.exists()
    assert not [check for check in verify_files(tmp_path / "out") if not check.ok]


def test_what_is_left_of_another_conversion_is_not_mixed_in(hybrid: Path, tmp_path: Path):
    with contextlib.closing(run(Job(str(hybrid), str(tmp_path / "out"), "4bit"))) as steps:
        next(steps)
    with pytest.raises(ModelError, match="another conversion"):
        list(run(Job(str(hybrid), str(tmp_path / "out"), "8bit")))


def refusal(job: Job) -> str:
    async def first() -> None:
        async for _ in convert(job):
            pass

    with pytest.raises(ModelError) as refused:
        asyncio.run(first())
    return str(refused.value)


def test_what_is_there_already_is_not_overwritten(hybrid: Path, tmp_path: Path):
    (tmp_path / "out").mkdir()
    assert "not overwritten" in refusal(Job(str(hybrid), str(tmp_path / "out"), "4bit"))


def test_a_matrix_is_refused_where_the_recipe_takes_none(hybrid: Path, tmp_path: Path):
    job = Job(str(hybrid), str(tmp_path / "out"), "4bit", imatrix="m.gguf")
    assert "takes no importance matrix" in refusal(job)


def test_a_quantised_source_is_refused(converted: dict[str, list[Step]], tmp_path: Path):
    job = Job(str(path_of(converted["4bit"])), str(tmp_path / "out"), "8bit")
    with pytest.raises(ModelError, match="quantised already"):
        list(run(job))


def test_a_source_that_brings_code_is_refused(hybrid: Path, tmp_path: Path):
    source = shutil.copytree(hybrid, tmp_path / "source")
    config = json.loads((source / "config.json").read_text()) | {"model_file": "evil.py"}
    (source / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="model_file"):
        list(run(Job(str(source), str(tmp_path / "out"), "4bit")))


@pytest.mark.parametrize("prefix", ["language_model.", "language_model." * 3])
def test_the_originals_prefixes_vision_and_draft_weights_are_understood(
    hybrid: Path, tmp_path: Path, prefix: str
):
    source = shutil.copytree(hybrid, tmp_path / "source")
    weights: Any = mx.load(str(source / "model.safetensors"))
    named = {prefix + k.removeprefix("language_model."): v for k, v in weights.items()}
    named["mtp.fc.weight"] = mx.zeros((4, 4))
    named["model.visual.blocks.0.weight"] = mx.zeros((4, 4))
    mx.save_safetensors(str(source / "model.safetensors"), named)
    list(run(Job(str(source), str(tmp_path / "out"), "8bit")))
    list(run(Job(str(hybrid), str(tmp_path / "plain"), "8bit")))
    ours: Any = mx.load(str(tmp_path / "out" / "model.safetensors"))
    plain: Any = mx.load(str(tmp_path / "plain" / "model.safetensors"))
    assert ours.keys() == plain.keys()
    assert all(mx.array_equal(ours[key], plain[key]) for key in plain)


def test_memory_is_bounded_by_a_shard(tmp_path: Path):
    source = build_hybrid(
        tmp_path / "wide", hidden_size=256, num_hidden_layers=8, intermediate_size=1024
    )
    size = sum(file.stat().st_size for file in source.glob("*.safetensors"))
    mx.clear_cache()
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    list(run(Job(str(source), str(tmp_path / "out"), "4bit", shard_bytes=size // 40)))
    assert mx.get_peak_memory() - before < size / 4
