"""The importance matrix: what its file says is checked, and it never changes what is computed."""

import contextlib
import random
import shutil
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx_lm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnice_tui.models.architecture import TensorShape
from carnice_tui.models.convert import Job
from carnice_tui.models.converter import scaling
from carnice_tui.models.converter.__main__ import run
from carnice_tui.models.converter.source import cast_floats, open_source
from carnice_tui.models.errors import ModelError
from carnice_tui.models.gguf import read_importance
from carnice_tui.models.recipes import RECIPES, affine
from tests.engine.gguf_files import write_imatrix

WIDTH = 64


def squares(seed: int) -> list[float]:
    """Means like those of a real model: a few channels carry most of it."""
    draw = random.Random(seed)
    return [draw.lognormvariate(0, 2) for _ in range(WIDTH)]


def matrix(path: Path, layers: int = 4) -> Path:
    names = [f"blk.{i}.{'attn_q' if i == 3 else 'attn_qkv'}.weight" for i in range(layers)]
    return write_imatrix(path, {name: squares(i) for i, name in enumerate(names)})


def test_the_mean_squares_come_back_as_they_were_written(tmp_path: Path):
    found = read_importance(matrix(tmp_path / "m.gguf"))
    assert list(found) == [f"blk.{i}.attn_qkv.weight" for i in range(3)] + ["blk.3.attn_q.weight"]
    assert list(found["blk.1.attn_qkv.weight"]) == pytest.approx(squares(1), rel=1e-6)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return matrix(tmp_path_factory.mktemp("imatrix") / "m.gguf").read_bytes()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_never_breaks(
    data: st.DataObject, whole: bytes, tmp_path_factory: pytest.TempPathFactory
):
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            at = data.draw(st.integers(0, min(len(content), 600) - 1))
            content[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(content)
    with contextlib.suppress(ModelError):
        read_importance(path)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + b"\xff" * 64, b"\0" * 64, b"PK\3\4"])
def test_what_is_no_gguf_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        read_importance(path)


def test_a_matrix_that_was_measured_on_nothing_is_refused(tmp_path: Path):
    path = write_imatrix(tmp_path / "m.gguf", {"blk.0.attn_q.weight": [1.0]}, count=0.0)
    with pytest.raises(ModelError, match="0 inputs"):
        read_importance(path)


@pytest.mark.parametrize("dtype", [None, "bfloat16"])
def test_scaling_leaves_the_unquantised_output_unchanged_to_the_bit(
    hybrid: Path, tmp_path: Path, dtype: str | None
):
    plain, config = open_source(hybrid)
    scaled, _ = open_source(hybrid)
    if dtype:
        cast_floats(plain, config | {"dtype": dtype})
        cast_floats(scaled, config | {"dtype": dtype})
    importance = read_importance(matrix(tmp_path / "m.gguf"))
    before = scaled.layers[0].input_layernorm.weight
    assert list(scaling.scale_layers(scaled, RECIPES["ud-q4"], importance)) == [1, 2, 3, 4]
    assert not mx.array_equal(before, scaled.layers[0].input_layernorm.weight)
    tokens = mx.array([[5, 200, 31]])
    assert mx.array_equal(plain(tokens), scaled(tokens))


def test_scaling_never_raises_the_weighted_rounding_error_and_mostly_lowers_it():
    lowered = 0
    for seed in range(5):
        mx.random.seed(seed)
        weights = [(mx.random.normal((96, WIDTH)), affine(3))]
        importance = mx.array(squares(seed))
        scale = scaling.best_scale(importance, weights)
        after = scaling._error(scale, importance, weights)
        before = scaling._error(mx.ones(WIDTH), importance, weights)
        assert after <= before
        lowered += after < 0.9 * before
    assert lowered >= 3


def test_a_matrix_of_another_model_is_refused(hybrid: Path, tmp_path: Path):
    model, _ = open_source(hybrid)
    short = read_importance(matrix(tmp_path / "m.gguf", layers=2))
    with pytest.raises(ModelError, match="layer 2"):
        list(scaling.scale_layers(model, RECIPES["ud-q4"], short))
    narrow = read_importance(
        write_imatrix(tmp_path / "n.gguf", {"blk.0.attn_qkv.weight": [1.0, 2.0]})
    )
    with pytest.raises(ModelError, match="2"):
        list(scaling.scale_layers(model, RECIPES["ud-q4"], narrow))


def test_o_proj_and_out_proj_read_no_norm_and_are_not_scaled():
    assert not {"o_proj", "out_proj"} & {n for names in scaling.READERS.values() for n in names}
    recipe = RECIPES["ud-nvfp4"]
    for name in ("self_attn.o_proj", "linear_attn.out_proj"):
        shape = TensorShape(f"language_model.model.layers.0.{name}", (64, 64), 0)
        assert recipe.format_of(shape, 64).mode == "bfloat16"


def test_a_scaled_conversion_loads_and_answers(hybrid: Path, tmp_path: Path):
    source = shutil.copytree(hybrid, tmp_path / "source")
    job = Job(str(source), str(tmp_path / "out"), "ud-q4", str(matrix(tmp_path / "m.gguf")))
    list(run(job))
    model, tokenizer = mlx_lm.load(str(tmp_path / "out"))[:2]
    answer: Any = mlx_lm.generate(model, tokenizer, "the bug", max_tokens=4)
    assert isinstance(answer, str)
