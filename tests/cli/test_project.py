"""The project's own files: the Makefile, the pins, and what the wheel takes along."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT


def make(*args: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    settings = [f"{name}={value}" for name, value in variables.items()]
    return subprocess.run(
        ["make", "--no-print-directory", *args, *settings], cwd=cwd, capture_output=True, text=True
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A folder with nothing but what make reads."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return tmp_path


def fake_python(folder: Path, script: str) -> str:
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("target", ["chat", "test", "install", "lint"])
def test_a_python_that_is_too_old_is_named_with_the_one_that_is_needed(fresh: Path, target: str):
    old = fake_python(fresh, '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    done = make(target, cwd=fresh, PYTHON=old)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert f"make PYTHON=/path/to/python3.11 {target}" in done.stderr
    assert not (fresh / ".venv").exists()


def test_without_venv_it_says_what_to_install(fresh: Path):
    bare = fake_python(fresh, '[ "$1" = -m ] && exit 1; exit 0')
    done = make("install", cwd=fresh, PYTHON=bare)
    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr


def test_what_is_installed_is_not_installed_again(fresh: Path):
    (fresh / ".venv").mkdir()
    (fresh / ".venv" / ".installed").touch()
    done = make("-q", "install", cwd=fresh)
    assert done.returncode == 0


def test_the_pins_are_names_and_versions_only():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert len(lines) > 30
    assert not [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[^ ;@/]+", line)]


def test_every_direct_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    for extra in ("dev", "serve"):
        wanted += project["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=; ]", one)[0].replace("_", "-").lower() for one in wanted}
    pinned = {
        line.partition("==")[0].replace("_", "-").lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    assert names <= pinned


def test_the_readme_names_every_dependency_with_a_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    readme = (ROOT / "README.md").read_text()
    for one in project["dependencies"]:
        name = re.split(r"[\[<>=; ]", one)[0]
        assert re.search(rf"^\| .*`{re.escape(name)}`.* \| \S.* \|$", readme, re.M), name


def test_ci_is_a_script_that_can_be_run():
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    checked = subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], capture_output=True)
    assert checked.returncode == 0


def imported_by(package: Path) -> set[str]:
    """The top-level names that the package's modules import."""
    names: set[str] = set()
    for path in package.rglob("*.py"):
        if "demo_training" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names


def test_every_library_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["serve"], *extras["train"]]
    declared = {re.split(r"[\[<>=; ]", one)[0].replace("_", "-").lower() for one in wanted}
    # What mlx-lm, huggingface-hub, Textual and uvicorn are made of and hand out in their
    # own interfaces.
    brought = {"tokenizers", "transformers", "numpy", "rich", "safetensors", "tqdm", "h11"}
    distributions = packages_distributions()
    unknown = {
        name: distributions.get(name, ["nowhere"])
        for name in imported_by(ROOT / "carnice_tui") - sys.stdlib_module_names - {"carnice_tui"}
        if not {one.replace("_", "-").lower() for one in distributions.get(name, [])}
        & (declared | brought)
    }
    assert not unknown


def test_the_first_screen_of_the_readme_has_exactly_the_two_set_up_commands():
    first = (ROOT / "README.md").read_text().split("```")[1]
    assert re.findall(r"^\w+ \w+", first.removeprefix("sh\n"), re.M) == ["make chat", "make test"]
