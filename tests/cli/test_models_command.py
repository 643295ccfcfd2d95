"""`carnice-chat models` and `bench`, as a person runs them."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Home
from tests.engine.tiny_models import build_dense


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_dense(tmp_path_factory.mktemp("models") / "tiny")


def test_the_list_has_every_variant_and_marks_reported_figures(home: Home):
    out = home.run("models", "list").stdout
    header, *lines = out.splitlines()
    assert header.split()[:5] == ["NAME", "SIZE", "BITS", "HERE", "FITS"]
    assert "REPORTED" in header
    rows = [line.split()[0] for line in lines if line.startswith(("carnice-", "qwen3.6-", "demo"))]
    assert len(rows) == 16


def test_show_gives_licence_attribution_limits_and_says_what_is_reported(home: Home):
    out = home.run("models", "show", "carnice-4bit").stdout
    for said in (
        "Apache-2.0",
        "kai-os",
        "Qwen team",
        "Tranquil-Flow",
        "Text only",
        "Reported, not measured here",
        "4.949 ± 0.092",
        "48 linear, 16 full attention",
    ):
        assert said in out


def test_what_does_not_fit_exits_with_one_and_says_what_would(home: Home):
    done = home.run("models", "fit", "qwen3.6-ud-q8", "--context", "262144")
    if done.returncode == 0:
        pytest.skip("this machine holds the largest of them")
    assert done.returncode == 1
    assert "too large" in done.stdout
    assert "What fits:" in done.stdout


def test_a_model_is_converted_once_and_verified(home: Home, model: Path, tmp_path: Path):
    out = tmp_path / "converted"
    done = home.run("models", "convert", str(model), str(out), "--recipe", "ud-nvfp4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split() == [
        *("TENSOR", "MODE", "BITS", "GROUP", "COUNT", "BYTES")
    ]
    assert "bits per weight" in done.stdout
    again = home.run("models", "convert", str(model), str(out), "--recipe", "ud-nvfp4")
    assert again.returncode == 2
    assert again.stderr.startswith("carnice-chat: ")
    assert again.stderr.count("\n") == 1
    checks = json.loads(home.run("models", "verify", str(out), "--json").stdout)
    assert {check["name"]: check["ok"] for check in checks}["answers"]
    assert all(check["ok"] for check in checks)


def test_a_cut_shard_is_found(home: Home, model: Path, tmp_path: Path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in model.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    shard = broken / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:-100])
    done = home.run("models", "verify", str(broken))
    assert done.returncode == 1
    assert "WRONG" in done.stdout
    assert "should be" in done.stdout


def test_a_model_of_yours_is_added_used_by_name_and_taken_out(home: Home, model: Path):
    assert home.run("models", "add", str(model), "--name", "mine").returncode == 0
    assert home.run("models", "path", "mine").stdout.strip() == str(model)
    assert home.run("models", "rm", "mine", "--yes").returncode == 0
    assert home.run("models", "path", "mine").returncode == 2


def test_a_benchmark_is_saved_and_compared(home: Home, model: Path, tmp_path: Path):
    saved = tmp_path / "r.json"
    done = home.run(
        *("bench", "agent7", "--model", str(model), "--no-plain", "--max-tokens", "4"),
        *("--format", "markdown", "--save", str(saved)),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("| Model | wall-clock (s) |")
    assert "Measured with carnice-chat bench agent7" in done.stdout
    compared = home.run("bench", "compare", str(saved), str(saved))
    assert "no difference shown" in compared.stdout
