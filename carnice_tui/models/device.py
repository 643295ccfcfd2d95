"""`python -m carnice_tui.models.device`: prints what MLX says of the device, as one JSON line."""

import sys

import msgspec

from carnice_tui.models.machine import Device


def describe() -> Device:
    """The device that MLX computes on here."""
    import mlx.core as mx

    info = mx.device_info()
    backend = "cpu"
    if mx.default_device() != mx.Device(mx.cpu):
        backend = "metal" if mx.metal.is_available() else "cuda"

    def size(key: str) -> int:
        return int(info.get(key) or 0)

    return Device(
        backend,
        str(info.get("device_name", "")),
        size("memory_size"),
        size("max_recommended_working_set_size"),
        size("total_memory"),
        size("free_memory"),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(describe()))
