"""How many threads the matrix products of a turn run on."""

import json
import subprocess
import sys

import pytest

from carnice_tui.engine.process import openblas, worker_environment
from carnice_tui.engine.worker import blas

REPORT = """
import ctypes, json
from carnice_tui.engine.worker import blas
threads = ctypes.CDLL(None).openblas_get_num_threads
counts = [threads()]
with blas.few_threads(blas.SMALL - 1):
    counts.append(threads())
counts.append(threads())
with blas.few_threads(blas.SMALL):
    counts.append(threads())
try:
    with blas.few_threads(1):
        raise KeyError
except KeyError:
    counts.append(threads())
print(json.dumps(counts))
"""


@pytest.mark.skipif(openblas() is None, reason="needs the system's OpenBLAS")
def test_a_small_model_decodes_on_one_thread_and_reads_on_all() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        env=worker_environment() | {"OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [2, 1, 2, 2, 2]


def test_without_openblas_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with blas.few_threads(1):
        assert blas.in_use() == "accelerate"
