"""Which BLAS the process computes with, and on how many threads; on Linux CPU it decides the
speed (OpenBLAS measured 100x the reference)."""

import ctypes
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

SMALL = 256 * 1024 * 1024
"""Bytes of weights. Under this, one thread decodes no slower than two: a step is dozens of
matrix-vector products of some 50 microseconds, and for each the threads have to meet. With a
second program on the machine's cores, as the app itself is, two threads were a fifth slower
(17 MB, 2 cores)."""


def in_use() -> str:
    """ "openblas", "reference" or "accelerate"; read from what is mapped into this process."""
    if sys.platform == "darwin":
        return "accelerate"
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    return "openblas" if "libopenblas" in maps else "reference"


@contextmanager
def few_threads(weight_bytes: int) -> Generator[None]:
    """Compute on one thread meanwhile, if the model is a small one and OpenBLAS is loaded."""
    library = _openblas() if weight_bytes < SMALL else None
    if library is None:
        yield
        return
    before = library.openblas_get_num_threads()
    library.openblas_set_num_threads(1)
    try:
        yield
    finally:
        library.openblas_set_num_threads(before)


def _openblas() -> ctypes.CDLL | None:
    """The functions of the OpenBLAS that was loaded before MLX; None: there is none."""
    if sys.platform != "linux":
        return None
    process = ctypes.CDLL(None)
    return process if hasattr(process, "openblas_set_num_threads") else None
