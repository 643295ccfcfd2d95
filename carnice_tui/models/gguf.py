"""Reads an importance matrix (imatrix) from a GGUF file.

llama.cpp writes for each weight the sum of its squared inputs, channel by channel
(`<weight>.in_sum2`), and how many inputs those were (`<weight>.counts`). Everything the file
says of itself is checked against its size before it is believed.
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import struct
from array import array
from pathlib import Path
from typing import NamedTuple

from carnice_tui.models.errors import ModelError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_COUNT = 1_000_000
"""Tensors, keys or array entries; an imatrix of a 64-layer model has about a thousand."""
MAX_FILE = 4 * 1024**3
"""Bytes; imatrix files are some tens of megabytes."""
F32 = 0

_FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of the value types that have a fixed size; 8 is a string, 9 an array."""
_STRING, _ARRAY = 8, 9
_DEPTH = 4
"""How deep arrays may nest."""

_ALIGNMENT = "general.alignment"
_SUMS, _COUNTS = ".in_sum2", ".counts"


class _Info(NamedTuple):
    shape: tuple[int, ...]
    kind: int
    offset: int


class _Cursor:
    """Walks through bytes and refuses to leave them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self._data):
            raise _broken("it ends too early")
        self.at += count
        return self._data[self.at - count : self.at]

    def u32(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def u64(self) -> int:
        return int(struct.unpack("<Q", self.take(8))[0])

    def count(self) -> int:
        value = self.u64()
        if value > MAX_COUNT:
            raise _broken(f"it announces {value:,} entries")
        return value

    def text(self) -> str:
        length = self.u64()
        if length > len(self._data):
            raise _broken("a name is longer than the file")
        return self.take(length).decode("utf-8", "replace")


def read_importance(path: Path) -> dict[str, array[float]]:
    """Mean squared input of each channel, by the name of the weight (`blk.0.attn_q.weight`).

    Raises:
        ModelError: it is no GGUF file, is damaged, or holds no importance matrix.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_FILE:
        raise _broken("it is far too large for an importance matrix")
    data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ModelError(
            f"{path.name} is no GGUF file: llama.cpp's llama-imatrix writes one with "
            "--output-format gguf (the older .dat files are not read)."
        )
    infos, start = _read_infos(_Cursor(data))
    found: dict[str, array[float]] = {}
    for name, info in infos.items():
        if not name.endswith(_SUMS):
            continue
        weight = name.removesuffix(_SUMS)
        counts = infos.get(weight + _COUNTS)
        if counts is None:
            raise _broken(f"{weight} has sums and no counts")
        sums = _floats(data, start, info, name)
        channels = info.shape[0] if info.shape else 0
        if channels and len(sums) == channels:  # several matrices: experts, which Qwen3.5 lacks
            count = _floats(data, start, counts, weight + _COUNTS)
            found[weight] = _mean(sums, count[0] if count else 0.0, name)
    if not found:
        raise ModelError(f"{path.name} holds no importance matrix: no tensor ends in {_SUMS}.")
    return found


def _read_infos(cursor: _Cursor) -> tuple[dict[str, _Info], int]:
    """The tensors that the header announces, and where the data begins."""
    cursor.take(4)
    version = cursor.u32()
    if version not in VERSIONS:
        raise _broken(f"it is of GGUF version {version}, and {VERSIONS} can be read")
    tensors, keys = cursor.count(), cursor.count()
    alignment = 32
    for _ in range(keys):
        name, kind = cursor.text(), cursor.u32()
        if name == _ALIGNMENT and kind == 4:
            alignment = cursor.u32()
        else:
            _skip(cursor, kind, 0)
    if not 1 <= alignment <= 1 << 20:
        raise _broken(f"its alignment is {alignment}")
    infos: dict[str, _Info] = {}
    for _ in range(tensors):
        name, dimensions = cursor.text(), cursor.u32()
        if dimensions > 4:
            raise _broken(f"{name} has {dimensions} dimensions")
        shape = tuple(cursor.u64() for _ in range(dimensions))
        infos[name] = _Info(shape, cursor.u32(), cursor.u64())
    return infos, -(-cursor.at // alignment) * alignment


def _skip(cursor: _Cursor, kind: int, depth: int) -> None:
    if kind in _FIXED:
        cursor.take(_FIXED[kind])
    elif kind == _STRING:
        cursor.text()
    elif kind == _ARRAY and depth < _DEPTH:
        inner, count = cursor.u32(), cursor.count()
        if inner in _FIXED:
            cursor.take(_FIXED[inner] * count)
        else:
            for _ in range(count):
                _skip(cursor, inner, depth + 1)
    else:
        raise _broken(f"it has a value of the unknown kind {kind}")


def _floats(data: bytes, start: int, info: _Info, name: str) -> array[float]:
    if info.kind != F32:
        raise _broken(f"{name} is not float32")
    length = math.prod(info.shape) * 4
    begin = start + info.offset
    if begin + length > len(data):
        raise _broken(f"{name} lies outside the file")
    values = array("f")
    values.frombytes(data[begin : begin + length])
    return values


def _mean(sums: array[float], count: float, name: str) -> array[float]:
    if not (count > 0 and math.isfinite(count)):
        raise _broken(f"{name} was measured on {count:g} inputs")
    means = array("f", (value / count for value in sums))
    if not all(math.isfinite(value) and value >= 0 for value in means):
        raise _broken(f"{name} holds values that are no sums of squares")
    return means


def _broken(problem: str) -> ModelError:
    return ModelError(f"The importance matrix cannot be used: {problem}. Fetch it again.")
