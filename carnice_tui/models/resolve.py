"""From what the user calls a model to the folder it lies in."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import LoadProgress
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.fetch import Fetched, Refused, Step

DEMO = "demo"
DEMO_FOLDER = Path(__file__).parent / "demo"

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_PATH_MARKS = ("/", "./", "../", "~")


class ModelError(CarniceError):
    """A model cannot be found, fetched or used; the message says what to do next."""


async def resolve(reference: str, *, refresh: bool = False) -> AsyncIterator[LoadProgress | Path]:
    """The folder of the model `reference`: progress while it is fetched, the folder last.

    `reference` is `demo`, a folder, or a repository of the Hugging Face hub. A repository
    that is in the hub's cache is taken from there and nobody is asked; `refresh` asks for
    the newest in any case. Closing the iterator stops a download.

    Raises:
        ModelError: there is no such model, or it cannot be fetched.
    """
    folder = local_folder(reference)
    if folder is not None:
        yield folder
        return
    async for step in _fetched(reference, ["--refresh"] if refresh else []):
        match step:
            case LoadProgress():
                yield step
            case Fetched(path=path):
                yield Path(path)
            case Refused(message=message):
                raise ModelError(sanitize_line(message))


def local_folder(reference: str) -> Path | None:
    """The folder if `reference` names one (or `demo`); None if it is a repository's name.

    Raises:
        ModelError: it is neither.
    """
    if reference == DEMO:
        if not (DEMO_FOLDER / "config.json").is_file():
            raise ModelError(
                "The demo model is missing from this installation: install carnice-tui again, "
                "or name a model with --model."
            )
        return DEMO_FOLDER
    path = Path(reference).expanduser()
    if path.is_dir():
        return path.resolve()
    shown = sanitize_line(reference)
    if path.suffix == ".gguf":
        raise ModelError(
            f"{shown} is GGUF, which MLX does not run: name a model in MLX format, "
            "such as Tranquil-Flow/Carnice-V2-27b-MLX-4bit."
        )
    if path.is_file():
        raise ModelError(f"{shown} is a file: name the folder the model lies in.")
    if reference.startswith(_PATH_MARKS):
        raise ModelError(f"There is no model folder {shown}: check --model.")
    if not _REPOSITORY.fullmatch(reference):
        raise ModelError(
            f"There is no model {shown or repr(reference)}: name a folder, a Hugging Face "
            "repository such as Tranquil-Flow/Carnice-V2-27b-MLX-4bit, or demo."
        )
    return None


async def _fetched(repository: str, flags: list[str]) -> AsyncIterator[Step]:
    # -P: a folder the user happens to be in must not provide our modules.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", "carnice_tui.models.fetch", repository, *flags),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdout is not None
    decoder = msgspec.json.Decoder(Step)
    last: Step | None = None
    try:
        async for line in child.stdout:
            step = decoder.decode(line)
            last = step
            yield step
        if not isinstance(last, Fetched | Refused):
            raise ModelError(
                f"Fetching {repository} ended early (exit status {await child.wait()}). What was "
                f"downloaded is kept; run again: carnice-chat models pull {repository}"
            )
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
