"""Folders that must not or cannot be loaded are refused before any weight is read."""

import json
import shutil
from pathlib import Path

import mlx.core as mx
import pytest

from carnice_tui.engine.worker import checks, loading
from carnice_tui.engine.worker.checks import ModelRefused


def refusal(folder: Path) -> str:
    with pytest.raises(ModelRefused) as refused:
        list(loading.load(folder, "", 0))
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.fixture
def folder(dense: Path, tmp_path: Path) -> Path:
    return shutil.copytree(dense, tmp_path / "model")


def change(folder: Path, **keys) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | keys))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "nowhere")


def test_a_folder_without_config(folder: Path) -> None:
    (folder / "config.json").unlink()
    assert "no config.json" in refusal(folder)


def test_a_folder_of_gguf(tmp_path: Path) -> None:
    (tmp_path / "carnice-Q5_K_M.gguf").write_bytes(b"GGUF")
    assert "GGUF" in refusal(tmp_path)


def test_gguf_beside_a_config(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.gguf")
    assert "GGUF" in refusal(folder)


def test_pickled_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pickles" in refusal(folder)


def test_no_weights_at_all(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "models pull" in refusal(folder)


@pytest.mark.parametrize("text", ["{", "[1]", "", "[" * 100_000])
def test_a_config_that_is_no_json_object(folder: Path, text: str) -> None:
    (folder / "config.json").write_text(text)
    assert "config.json" in refusal(folder)


@pytest.mark.parametrize("key", ["model_file", "auto_map"])
def test_a_config_that_brings_code(folder: Path, key: str) -> None:
    change(folder, **{key: "evil.py"})
    assert key in refusal(folder)


@pytest.mark.parametrize("model_type", ["qwen99", "os", "../evil", "base.cache", None])
def test_a_model_type_that_mlx_lm_does_not_know(folder: Path, model_type: str | None) -> None:
    change(folder, model_type=model_type)
    assert "model_type" in refusal(folder) or "model type" in refusal(folder)


@pytest.mark.parametrize("mode", ["fp8_e4m3", "sym8", "q4_k"])
def test_a_quantisation_mode_that_mlx_does_not_have(folder: Path, mode: str) -> None:
    change(folder, quantization={"group_size": 64, "bits": 8, "mode": mode})
    assert mode in refusal(folder)
    assert "mxfp8" in refusal(folder)


def test_a_mode_in_one_tensors_override(folder: Path) -> None:
    override = {"model.embed_tokens": {"mode": "fp8_e4m3", "bits": 8, "group_size": 32}}
    change(folder, quantization={"group_size": 64, "bits": 4, **override})
    assert "model.embed_tokens" in refusal(folder)


def test_a_quantisation_method_that_mlx_lm_cannot_convert(folder: Path) -> None:
    change(folder, quantization_config={"quant_method": "bitsandbytes"})
    assert "bitsandbytes" in refusal(folder)


def test_too_little_memory_is_said_with_the_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "available_bytes", lambda _: 250_000_000)
    message = refusal(folder)
    assert "0.3 GB" in message
    assert "0.2 GB" in message or "0.25" in message


def test_a_shard_that_was_cut_short(folder: Path) -> None:
    shard = folder / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1000])
    assert "should be" in refusal(folder)


@pytest.mark.parametrize("start", [b"", b"\xff" * 8, b"\x02\0\0\0\0\0\0\0[]", b"\x05" + b"\0" * 20])
def test_a_shard_that_is_no_safetensors_file(folder: Path, start: bytes) -> None:
    (folder / "model.safetensors").write_bytes(start)
    assert "model.safetensors" in refusal(folder)


def test_a_link_that_leads_nowhere_is_a_shard_that_cannot_be_read(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to(folder / "gone")
    assert "model.safetensors cannot be read (No such file" in refusal(folder)


def test_a_missing_shard_is_named(folder: Path) -> None:
    weights = mx.load(str(folder / "model.safetensors"))
    names = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    index = {key: names[at % 2] for at, key in enumerate(weights)}
    kept = {key: weight for key, weight in weights.items() if index[key] == names[0]}
    mx.save_safetensors(str(folder / names[0]), kept, metadata={"format": "mlx"})
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    message = refusal(folder)
    assert f"{names[1]} is missing" in message
    assert "models pull" in message


@pytest.mark.parametrize("index", ["{}", "[", '{"weight_map": {"a": "other.safetensors", "b": 3}}'])
def test_an_index_of_another_form_does_no_harm(folder: Path, index: str) -> None:
    (folder / "model.safetensors.index.json").write_text(index)
    *_, loaded = loading.load(folder, "", 0)
    assert isinstance(loaded, loading.LoadedModel)


def test_weights_that_do_not_fit_the_config(folder: Path) -> None:
    change(folder, hidden_size=32)
    assert "models verify" in refusal(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_size", 0),
        ("num_key_value_heads", None),
        ("head_dim", 0),
        ("rms_norm_eps", True),
        ("vocab_size", -1),
        ("max_position_embeddings", "many"),
        ("eos_token_id", "x"),
        ("text_config", [1]),
        ("rope_scaling", "yarn"),
        ("quantization_config", ""),
        ("torch_dtype", []),
    ],
)
def test_a_value_that_no_library_expects_is_a_refusal_that_says_what_to_do(
    folder: Path, key: str, value: object
) -> None:
    change(folder, **{key: value})
    message = refusal(folder)
    assert message.startswith("Cannot load 'model': ")
    assert message.endswith("check them with carnice-chat models verify, or download it again.")


@pytest.mark.parametrize("value", [0, -1])
def test_a_window_of_no_tokens_is_taken_for_none_named(folder: Path, value: int) -> None:
    change(folder, max_position_embeddings=value)
    *_, loaded = loading.load(folder, "", 0)
    assert isinstance(loaded, loading.LoadedModel)
    assert loaded.info.context_window == loading.DEFAULT_WINDOW


def test_half_precision_counts_double_where_it_is_computed_in_float32(dense: Path) -> None:
    exact = (dense / "model.safetensors").stat().st_size
    counted = checks.weight_bytes(dense, as_float32=True)
    assert exact * 0.9 < counted <= exact
