"""The bundled demo model is small, loads, and still does what its card promises (a quick look)."""

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import carnice_tui.models

DEMO_FOLDER = Path(carnice_tui.models.__file__).parent / "demo"
MEGABYTE = 1_000_000
# Well under the measured figures, so that only a clear loss fails.
FLOORS = {
    "card: class": 100,
    "card: identifier in BUG": 80,
    "generated: well formed": 95,
    "generated: class": 75,
    "generated: identifier in BUG": 65,
    "generated twins: answered OK": 70,
    "tool calls: right name and arguments": 60,
}


# One worker has all of these, since measuring is most of a minute.
pytestmark = pytest.mark.xdist_group("demo model")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    output = tmp_path_factory.mktemp("demo") / "evaluation.json"
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    if sys.platform == "linux" and (openblas := ctypes.util.find_library("openblas")):
        environment["LD_PRELOAD"] = openblas
    command = [sys.executable, "-m", "carnice_tui.models.demo_training.evaluate"]
    arguments = ["--groups", "card", "generated", "twins", "tools", "--count", "16"]
    subprocess.run(
        [*command, *arguments, "--output", str(output)], check=True, env=environment, timeout=110
    )
    return json.loads(output.read_text())["table"]


@pytest.mark.parametrize(("row", "floor"), FLOORS.items(), ids=FLOORS.keys())
def test_the_table_has_not_fallen(table, row, floor):
    good, total = table[row]
    assert 100 * good / total >= floor, f"{good} of {total}"


def test_the_folder_fits_the_wheel():
    assert sum(path.stat().st_size for path in DEMO_FOLDER.rglob("*")) <= 12 * MEGABYTE


def test_no_code_is_run_on_load():
    config = json.loads((DEMO_FOLDER / "config.json").read_text())
    assert not {"model_file", "auto_map"} & set(config)
    assert not list(DEMO_FOLDER.glob("*.py"))
