"""What this machine has to offer a model: chip, memory, bandwidth."""

import asyncio
import re
import subprocess
import sys
from contextlib import suppress

import msgspec
import psutil

DEVICE_SECONDS = 20.0
"""Importing MLX takes well under a second; a child silent for this long hangs."""

BANDWIDTH: dict[str, tuple[tuple[int, float], ...]] = {
    "M1": ((0, 68),),
    "M1 Pro": ((0, 200),),
    "M1 Max": ((0, 400),),
    "M1 Ultra": ((0, 800),),
    "M2": ((0, 100),),
    "M2 Pro": ((0, 200),),
    "M2 Max": ((0, 400),),
    "M2 Ultra": ((0, 800),),
    "M3": ((0, 100),),
    "M3 Pro": ((0, 150),),
    "M3 Max": ((0, 300), (40, 400)),
    "M3 Ultra": ((0, 819),),
    "M4": ((0, 120),),
    "M4 Pro": ((0, 273),),
    "M4 Max": ((0, 410), (40, 546)),
    "M5": ((0, 153),),
    "M5 Pro": ((0, 307),),
    "M5 Max": ((0, 460), (40, 614)),
}
"""GB/s of unified memory by chip, as Apple states it; the larger figure from that many GPU
cores on."""


class Machine(msgspec.Struct, frozen=True):
    """Where models run. Sizes in bytes, `bandwidth` in GB/s (None: not known).

    `room` is what a model may take: the GPU's recommended working set on Metal, the free
    memory elsewhere.
    """

    chip: str
    backend: str
    memory: int
    room: int
    bandwidth: float | None = None


class Device(msgspec.Struct, frozen=True):
    """What MLX says of the device; sizes in bytes, 0 where it does not say."""

    backend: str
    name: str = ""
    memory_size: int = 0
    max_recommended_working_set_size: int = 0
    total_memory: int = 0
    free_memory: int = 0


def bandwidth_of(chip: str, gpu_cores: int = 0) -> float | None:
    """GB/s of an Apple chip ("Apple M4 Pro"); the smaller figure where the cores are unknown."""
    found = re.search(r"\bM\d+(?: (?:Pro|Max|Ultra))?\b", chip)
    steps = BANDWIDTH.get(found.group()) if found else None
    if steps is None:
        return None
    return max(figure for cores, figure in steps if cores <= gpu_cores)


async def this_machine() -> Machine:
    """This machine, as MLX sees it in a child process (about 0.1 s)."""
    memory = psutil.virtual_memory()
    device = await _ask_mlx()
    chip = device.name or await asyncio.to_thread(_command, "sysctl", "-n", _CHIP)
    if device.backend == "metal":
        room = device.max_recommended_working_set_size or memory.available
        cores = await asyncio.to_thread(_gpu_cores)
        return Machine(chip, "metal", memory.total, room, bandwidth_of(chip, cores))
    if device.backend == "cuda" and device.total_memory:
        return Machine(chip, "cuda", device.total_memory, device.free_memory or device.total_memory)
    return Machine(chip, device.backend, memory.total, memory.available)


_CHIP = "machdep.cpu.brand_string"


async def _ask_mlx() -> Device:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "carnice_tui.models.device"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DEVICE_SECONDS):
            output, _ = await child.communicate()
        return msgspec.json.decode(output, type=Device)
    except (TimeoutError, msgspec.DecodeError):
        # MLX does not run here; what fits can still be told from the main memory.
        return Device("cpu")
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _gpu_cores() -> int:
    found = re.search(r'"gpu-core-count" = (\d+)', _command("ioreg", "-rc", "AGXAccelerator"))
    return int(found.group(1)) if found else 0


def _command(*command: str) -> str:
    """What a system tool prints; empty where there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
