"""Light rooms load without the heavy libraries, and every room says what it is for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import carnice_tui

PACKAGE = Path(carnice_tui.__file__).parent
HEAVY = {
    "mlx",
    "mlx_lm",
    "transformers",
    "tokenizers",
    "numpy",
    "huggingface_hub",
    "textual",
    "rich",
    "prompt_toolkit",
    "httpx",
    "starlette",
    "uvicorn",
    "torch",
}
TRADE = {"serve": {"starlette", "uvicorn", "httpx", "rich"}}
"""What a room is there for; only its own commands import it, lazily. (httpx loads rich where it
finds it, for a command of its own.)"""
CHILDREN = {"worker", "converter", "plain", "demo_training"}
LIGHT_ROOMS = ["core", "engine", "models", "sessions", "review", "agent", "bench", "serve"]


def modules_of(room: str) -> list[str]:
    """Every module of a room but its entry points and those that run in a child process,
    which are heavy by trade."""
    names = []
    for path in sorted((PACKAGE / room).rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if CHILDREN & set(parts) or parts[-1] == "__main__":
            continue
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def loaded_after(code: str) -> set[str]:
    listing = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{listing}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("room", LIGHT_ROOMS)
def test_a_light_room_loads_nothing_heavy(room: str):
    modules = modules_of(room)
    assert modules
    heavy = HEAVY - TRADE.get(room, set())
    assert not loaded_after(f"import {', '.join(modules)}") & heavy


@pytest.mark.parametrize("room", sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py")))
def test_a_room_says_what_it_is_for(room: str):
    said = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text()))
    assert said
    assert said.count("\n") >= 1


def test_no_module_is_longer_than_a_reader_can_hold():
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert not {path: lines for path, lines in lengths.items() if lines > 450}
