"""Models that others converted: what mlx-lm and mlx-node write loads, the rest is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlx.core as mx
import pytest

from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.checks import ModelRefused
from carnice_tui.engine.worker.loading import LoadedModel
from carnice_tui.models.convert import Job
from carnice_tui.models.converter.__main__ import run

Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def mixed(hybrid: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny hybrid as UD-NVFP4: affine, NVFP4 and bfloat16 side by side."""
    folder = tmp_path_factory.mktemp("foreign") / "mixed"
    list(run(Job(str(hybrid), str(folder), "ud-nvfp4")))
    return folder


def logits(folder: Path) -> mx.array:
    *_, last = loading.load(folder, "", 0)
    assert isinstance(last, LoadedModel)
    model: Any = last.model
    return model(mx.array([[5, 9, 200]]))


def changed(mixed: Path, folder: Path, *, config: Change | None, names: Change | None) -> Path:
    """A copy with another quantisation map, or with other weights."""
    copy = shutil.copytree(mixed, folder)
    if config is not None:
        path = copy / "config.json"
        content = json.loads(path.read_text())
        content["quantization"] = config(content["quantization"])
        content["quantization_config"] = content["quantization"]
        path.write_text(json.dumps(content))
    if names is not None:
        weights: Any = mx.load(str(copy / "model.safetensors"))
        mx.eval(weights)
        mx.save_safetensors(str(copy / "model.safetensors"), names(dict(weights)))
        (copy / "model.safetensors.index.json").unlink()
    return copy


def is_override(key: str) -> bool:
    return "." in key


MAPS: dict[str, Change] = {
    "no overrides": lambda q: {k: v for k, v in q.items() if not is_override(k)},
    "overrides without prefix": lambda q: {
        k.removeprefix("language_model."): v for k, v in q.items()
    },
    "overrides under the original's prefix": lambda q: {
        k.replace("language_model.model.", "model.language_model."): v for k, v in q.items()
    },
    "mlx-node: no mode in affine overrides, false for what is kept": lambda q: (
        {
            k: {i: j for i, j in v.items() if i != "mode" or j != "affine"} if is_override(k) else v
            for k, v in q.items()
        }
        | {"language_model.model.layers.3.self_attn.o_proj": False}
    ),
}


@pytest.mark.parametrize("name", MAPS)
def test_another_way_to_write_the_map_gives_the_same_model(name: str, mixed: Path, tmp_path: Path):
    foreign = changed(mixed, tmp_path / "foreign", config=MAPS[name], names=None)
    assert mx.array_equal(logits(foreign), logits(mixed))


WEIGHTS: dict[str, Change] = {
    "draft heads and vision inline": lambda w: (
        w
        | {
            "mtp.layers.0.mlp.up_proj.weight": mx.zeros((8, 8)),
            "language_model.mtp.fc.weight": mx.zeros((8, 8)),
            "vision_tower.blocks.0.attn.qkv.weight": mx.zeros((8, 8)),
        }
    ),
    "the original's prefix": lambda w: {
        k.replace("language_model.model.", "model.language_model.").replace(
            "language_model.lm_head", "lm_head"
        ): v
        for k, v in w.items()
    },
    "no prefix": lambda w: {k.removeprefix("language_model."): v for k, v in w.items()},
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_other_names_and_weights_beside_it_give_the_same_model(
    name: str, mixed: Path, tmp_path: Path
):
    foreign = changed(mixed, tmp_path / "foreign", config=None, names=WEIGHTS[name])
    assert mx.array_equal(logits(foreign), logits(mixed))


def refusal(folder: Path) -> str:
    with pytest.raises(ModelRefused) as refused:
        list(loading.load(folder, "", 0))
    return str(refused.value)


@pytest.mark.parametrize("mode", ["fp8_e4m3", "sym8", "q4_k", "q6_k"])
@pytest.mark.parametrize("where", ["default", "one tensor"])
def test_a_mode_that_mlx_lacks_is_refused_with_what_to_use(
    mode: str, where: str, mixed: Path, tmp_path: Path
):
    path = "language_model.lm_head"

    def rename(q: dict[str, Any]) -> dict[str, Any]:
        return q | ({"mode": mode} if where == "default" else {path: q[path] | {"mode": mode}})

    message = refusal(changed(mixed, tmp_path / "foreign", config=rename, names=None))
    assert mode in message
    assert "nvfp4" in message


def test_the_originals_threefold_prefix_is_refused_before_a_weight_is_read(
    mixed: Path, tmp_path: Path
):
    def thrice(weights: dict[str, Any]) -> dict[str, Any]:
        return {"language_model." * 2 + key: value for key, value in weights.items()}

    message = refusal(changed(mixed, tmp_path / "foreign", config=None, names=thrice))
    assert "prefix" in message
    assert "models convert" in message
