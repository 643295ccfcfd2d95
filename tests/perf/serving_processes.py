"""Servers in processes of their own, as users start them, for the measurements of serving."""

import asyncio
import contextlib
import json
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from mlx_lm.tokenizer_utils import TokenizerWrapper

import carnice_tui
from carnice_tui.engine.process import worker_environment

DEMO = Path(carnice_tui.__file__).parent / "models" / "demo"
START_SECONDS = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home: Path) -> dict[str, str]:
    """The same libraries for every server: OpenBLAS where it is installed; folders of its own."""
    folders = {f"CARNICE_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "STATE")}
    root = str(Path(carnice_tui.__file__).parents[1])
    return worker_environment() | folders | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": root}


@contextlib.asynccontextmanager
async def running(
    command: list[str], url: str, env: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process of `command`, once `url` is answered."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=env, stdin=quiet, stdout=quiet, stderr=quiet
    )
    try:
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(url)).is_success:
                        break
                await asyncio.sleep(0.2)
        yield process
    finally:
        process.terminate()
        await process.wait()


def hybrid(folder: Path, window: int) -> Path:
    """A tiny model of Qwen3.6's family, with the demo model's tokenizer and template.

    Its weights are random, and it says whole words only, which have the same ids when they come
    back as text: as what a real model says mostly has.
    """
    import mlx.core as mx
    from mlx_lm.utils import load_tokenizer

    from tests.engine.tiny_models import build_hybrid, json_id

    size = json.loads((DEMO / "config.json").read_text())["vocab_size"]
    build_hybrid(folder, vocab_size=size, max_position_embeddings=window)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(DEMO / name, folder / name)
    path = folder / "config.json"
    config = json.loads(path.read_text()) | {"eos_token_id": [json_id(folder, "<|im_end|>")]}
    path.write_text(json.dumps(config))
    tokenizer = load_tokenizer(folder)
    words = mx.array([_is_word(tokenizer, token) for token in range(size)])
    weights: dict[str, mx.array] = mx.load(str(folder / "model.safetensors"))
    (head,) = [name for name in weights if name.endswith("lm_head.weight")]
    # Others are far from zero: one of them is the likeliest.
    weights[head] = mx.where(words[:, None], weights[head], 0)
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
    return folder


def _is_word(tokenizer: TokenizerWrapper, token: int) -> bool:
    text = tokenizer.decode([token])
    return text.startswith(" ") and text[1:].isalpha() and tokenizer.encode(text) == [token]


def longer(folder: Path, window: int) -> Path:
    """The demo model in `folder` as it is on the disk, with a longer window."""
    shutil.copytree(DEMO, folder)
    path = folder / "config.json"
    config = json.loads(path.read_text()) | {"max_position_embeddings": window}
    path.write_text(json.dumps(config))
    return folder


def widened(folder: Path, window: int) -> Path:
    """The same in float32, as it computes on a CPU."""
    import mlx.core as mx

    longer(folder, window)
    weights: dict[str, mx.array] = mx.load(str(DEMO / "model.safetensors"))
    wide = {name: array.astype(mx.float32) for name, array in weights.items()}
    mx.save_safetensors(str(folder / "model.safetensors"), wide, metadata={"format": "mlx"})
    path = folder / "config.json"
    config = json.loads(path.read_text()) | {"torch_dtype": "float32"}
    path.write_text(json.dumps(config))
    return folder
