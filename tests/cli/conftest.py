"""The real command, in real processes, with folders of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-P", "-m", "carnice_tui")
"""`carnice-chat`, without the need for it on the PATH."""


KEPT = {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "OPENBLAS_NUM_THREADS"}
"""What a user's environment takes from that of the tests."""


@dataclass
class Home:
    """A user's machine: where carnice-chat keeps things, and the command itself."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return Path(self.env["CARNICE_DATA_DIR"])

    @property
    def log(self) -> Path:
        return Path(self.env["CARNICE_STATE_DIR"]) / "carnice-chat.log"

    @property
    def settings(self) -> Path:
        return Path(self.env["CARNICE_CONFIG_DIR"]) / "settings.toml"

    def sessions(self) -> list[Path]:
        return sorted((self.data / "sessions").glob("*.jsonl"))

    def start(self, *args: str, env: Mapping[str, str] = {}, **options) -> subprocess.Popen[bytes]:
        options = {"stdin": subprocess.DEVNULL, "cwd": self.folder} | options
        return subprocess.Popen([*COMMAND, *args], env=self.env | env, **options)

    def run(
        self, *args: str, stdin: bytes | int | None = None, env: Mapping[str, str] = {}, **options
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end. `stdin`: bytes come through a pipe, None is /dev/null."""
        pipe = subprocess.PIPE
        given = stdin if isinstance(stdin, bytes) else None
        where = pipe if given is not None else (stdin or subprocess.DEVNULL)
        options = {"stdout": pipe, "stderr": pipe, "stdin": where} | options
        with self.start(*args, env=env, **options) as process:
            try:
                out, err = process.communicate(given, timeout=60)
            finally:
                process.kill()
        return subprocess.CompletedProcess(
            args, process.returncode, (out or b"").decode(), (err or b"").decode()
        )


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What MLX compiles for this machine: the same for everyone, and seconds of a compiler."""
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture
def home(tmp_path: Path, kernels: Path) -> Home:
    """A fresh user, whose engine finds its kernels compiled."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "kernels").symlink_to(kernels)
    env = {name: value for name, value in os.environ.items() if name in KEPT}
    env |= {
        "HOME": str(tmp_path),
        "CARNICE_CONFIG_DIR": str(tmp_path / "config"),
        "CARNICE_DATA_DIR": str(tmp_path / "data"),
        "CARNICE_STATE_DIR": str(tmp_path / "state"),
        "CARNICE_CACHE_DIR": str(cache),
        "HF_HOME": str(tmp_path / "hub"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
    }
    return Home(tmp_path, env)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny random model: it talks nonsense, by the same code as a real one."""
    from tests.engine.tiny_models import build_dense

    return str(build_dense(tmp_path_factory.mktemp("models") / "tiny"))
