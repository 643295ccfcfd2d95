"""Tiny models for every test that wants real MLX; built once a run, and only when asked for."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from pathlib import Path

import hypothesis
import pytest

# A busy machine is no failure: no test of ours depends on how long it takes.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# One commit gets one verdict: fresh examples are looked for where somebody can mend what they find.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)


@pytest.fixture(scope="session")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny dense model."""
    from tests.engine.tiny_models import build_dense

    return build_dense(tmp_path_factory.mktemp("models") / "dense")


@pytest.fixture(scope="session")
def hybrid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny hybrid model."""
    from tests.engine.tiny_models import build_hybrid

    return build_hybrid(tmp_path_factory.mktemp("models") / "hybrid")


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny dense model that never stops by itself when it is greedy."""
    from tests.engine.tiny_models import build_endless

    return build_endless(tmp_path_factory.mktemp("models") / "endless")
