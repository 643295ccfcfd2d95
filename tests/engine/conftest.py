"""Real MLX on tiny models."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from pathlib import Path

import pytest

from tests.engine.tiny_models import build_dense, build_hybrid


@pytest.fixture(scope="session")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny dense model."""
    return build_dense(tmp_path_factory.mktemp("models") / "dense")


@pytest.fixture(scope="session")
def hybrid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny hybrid model."""
    return build_hybrid(tmp_path_factory.mktemp("models") / "hybrid")
