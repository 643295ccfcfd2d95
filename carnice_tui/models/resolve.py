"""From what the user calls a model to the folder it lies in."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

import msgspec

from carnice_tui.core.events import LoadProgress
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.catalog import Variant, load_catalogue
from carnice_tui.models.child import ChildEnded, lines_of
from carnice_tui.models.errors import ModelError
from carnice_tui.models.fetch import Fetched, Refused, Step
from carnice_tui.models.installed import DEMO_FOLDER

DEMO = "demo"

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_PATH_MARKS = ("/", "./", "../", "~")


async def resolve(reference: str, *, refresh: bool = False) -> AsyncIterator[LoadProgress | Path]:
    """The folder of the model `reference`: progress while it is fetched, the folder last.

    `reference` is a name of the catalogue (`demo`, `carnice-4bit`), a folder, or a
    repository of the Hugging Face hub. A repository that is in the hub's cache is taken from
    there and nobody is asked; `refresh` asks for the newest in any case. Closing the iterator
    stops a download.

    Raises:
        ModelError: there is no such model, or it cannot be fetched.
    """
    where = place_of(reference)
    if isinstance(where, Path):
        yield where
        return
    async with aclosing(_fetched(where, ["--refresh"] if refresh else [])) as steps:
        async for step in steps:
            match step:
                case LoadProgress():
                    yield step
                case Fetched(path=path):
                    yield Path(path)
                case Refused(message=message):
                    raise ModelError(sanitize_line(message))


def place_of(reference: str) -> Path | str:
    """The folder that `reference` names, or the repository it is to be fetched from.

    Raises:
        ModelError: it is neither, or nothing that MLX runs.
    """
    if reference == DEMO:
        return _demo()
    path = Path(reference).expanduser()
    if path.is_dir() and (reference.startswith(_PATH_MARKS) or (path / "config.json").is_file()):
        return path.resolve()
    variant = load_catalogue().find(reference)
    if variant is not None:
        return _place_of_variant(variant)
    if path.is_dir():
        return path.resolve()
    shown = sanitize_line(reference)
    if path.suffix == ".gguf":
        raise ModelError(
            f"{shown} is GGUF, which MLX does not run: name a model in MLX format, "
            "such as carnice-4bit."
        )
    if path.is_file():
        raise ModelError(f"{shown} is a file: name the folder the model lies in.")
    if reference.startswith(_PATH_MARKS):
        raise ModelError(f"There is no model folder {shown}: check --model.")
    if not _REPOSITORY.fullmatch(reference):
        raise ModelError(
            f"There is no model {shown or repr(reference)}: name one of carnice-chat models list, "
            "a folder, a Hugging Face repository such as "
            "Tranquil-Flow/Carnice-V2-27b-MLX-4bit, or demo."
        )
    return reference


def _demo() -> Path:
    if not (DEMO_FOLDER / "config.json").is_file():
        raise ModelError(
            "The demo model is missing from this installation: install carnice-tui again, "
            "or name a model with --model."
        )
    return DEMO_FOLDER


def _place_of_variant(variant: Variant) -> Path | str:
    if variant.kind == "gguf":
        raise ModelError(
            f"{variant.name} is GGUF, which MLX does not run: serve it with llama-server and "
            "name its address with --base-url, or take carnice-4bit."
        )
    if variant.folder:
        folder = Path(variant.folder).expanduser()
        if not folder.is_dir():
            raise ModelError(
                f"The folder of {variant.name} is gone: {folder}. Correct your catalogue, or "
                f"take it out: carnice-chat models rm {variant.name}"
            )
        return folder.resolve()
    return variant.repository


async def _fetched(repository: str, flags: list[str]) -> AsyncGenerator[Step]:
    decoder = msgspec.json.Decoder(Step)
    last: Step | None = None
    try:
        async with aclosing(lines_of("carnice_tui.models.fetch", repository, *flags)) as lines:
            async for line in lines:
                step = last = decoder.decode(line)
                yield step
    except ChildEnded as end:
        if not isinstance(last, Fetched | Refused):
            raise ModelError(
                f"Fetching {repository} ended early ({end}). What was "
                f"downloaded is kept; run again: carnice-chat models pull {repository}"
            ) from None
