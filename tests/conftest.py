"""Tiny models for every test that wants real MLX; built once a run, and only when asked for."""

import os
import subprocess
from collections.abc import Callable, Iterator

os.environ["HF_HUB_OFFLINE"] = "1"
# Several tests run at once: threads of BLAS that wait for each other would burn the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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


SmallDisk = Callable[[str], Path]
"""Mounts a file system with these options, such as `size=64k`, and gives its folder."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk that can be full or read-only; skips where nothing may be mounted."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount here")
        if done.returncode:
            pytest.skip("nothing may be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)
