"""Which BLAS the process computes with; on Linux CPU it decides the speed (measured 100x)."""

import sys
from pathlib import Path


def in_use() -> str:
    """ "openblas", "reference" or "accelerate"; read from what is mapped into this process."""
    if sys.platform == "darwin":
        return "accelerate"
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown"
    return "openblas" if "libopenblas" in maps else "reference"
