"""Writes small GGUF files, as llama.cpp's imatrix tool does."""

import struct
from pathlib import Path

ALIGNMENT = 32


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def write_imatrix(path: Path, means: dict[str, list[float]], count: float = 4.0) -> Path:
    """An importance matrix with these mean squares, channel by channel."""
    tensors: list[tuple[str, tuple[int, ...], list[float]]] = []
    for name, values in means.items():
        tensors.append((f"{name}.in_sum2", (len(values), 1), [v * count for v in values]))
        tensors.append((f"{name}.counts", (1, 1), [count]))
    keys = text("general.type") + struct.pack("<I", 8) + text("imatrix")
    keys += text("imatrix.datasets") + struct.pack("<IIQ", 9, 8, 1) + text("calibration")
    keys += text("imatrix.chunk_count") + struct.pack("<II", 4, 7)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), 3) + keys
    data = b""
    for name, shape, values in tensors:
        header += text(name) + struct.pack("<I", len(shape))
        header += b"".join(struct.pack("<Q", length) for length in shape)
        header += struct.pack("<IQ", 0, len(data))
        data += struct.pack(f"<{len(values)}f", *values)
        data += bytes(-len(data) % ALIGNMENT)
    header += bytes(-len(header) % ALIGNMENT)
    path.write_bytes(header + data)
    return path
