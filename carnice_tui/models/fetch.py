"""The child process that brings a repository of the Hugging Face hub onto this machine.

`python -m carnice_tui.models.fetch REPO` prints one JSON line a step: `load_progress` while
it works, then `fetched` or `refused`. It is a process of its own so that it can be stopped
at any moment (the hub's library cannot), and it stops by itself when its standard input
closes. What was downloaded stays, and the next run goes on from there.
"""

# pyright: reportUnknownVariableType=false
# (the signatures of the hub's library leave some type parameters open)

import contextlib
import errno
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from carnice_tui.core.events import LoadProgress

PATTERNS = ["*.json", "*.jsonl", "*.jinja", "*.txt", "*.safetensors", "*.model", "*.tiktoken"]
"""What an MLX model needs; never Python files or pickles."""

REPORT_INTERVAL = 0.1
"""Seconds between two progress lines."""

SPARE = 256 * 1024 * 1024
"""Bytes that must stay free on the disk beside the download."""


class Fetched(msgspec.Struct, frozen=True, tag_field="type", tag="fetched"):
    """The model is in the folder `path`."""

    path: str


class Refused(msgspec.Struct, frozen=True, tag_field="type", tag="refused"):
    """It cannot be had; `message` says why and what to do."""

    message: str


Step = LoadProgress | Fetched | Refused


class _Download:
    """Counts the bytes of all files and prints a line now and then."""

    def __init__(self, done: int, total: int) -> None:
        self._done = done
        self._total = total
        self._last = 0.0
        self._lock = threading.Lock()

    def add(self, count: float) -> None:
        with self._lock:
            self._done = min(self._done + int(count), self._total)
            now = time.monotonic()
            if now - self._last >= REPORT_INTERVAL or self._done == self._total:
                self._last = now
                _print(LoadProgress("downloading", self._done, self._total))


def cached_folder(repository: str) -> str | None:
    """The snapshot of `repository` on this machine if it is complete; asks nobody."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = snapshot_download(repository, allow_patterns=PATTERNS, local_files_only=True)
    except LocalEntryNotFoundError:
        return None
    return folder if _is_whole(Path(folder)) else None


def download(repository: str) -> str:
    """Bring the newest snapshot onto this machine and give its folder, printing progress.

    Raises:
        OSError: the disk has too little room (ENOSPC), or whatever the hub's library raises.
    """
    from huggingface_hub import constants, snapshot_download

    _print(LoadProgress("downloading"))
    plan = snapshot_download(repository, allow_patterns=PATTERNS, dry_run=True)
    total = sum(file.file_size or 0 for file in plan)
    missing = sum(file.file_size or 0 for file in plan if file.will_download)
    if not any(Path(file.filename).name == "config.json" for file in plan):
        raise LookupError("it has no config.json, so it is no model in MLX format")
    cache = Path(constants.HF_HUB_CACHE)
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if missing and free < missing + SPARE:
        raise OSError(
            errno.ENOSPC,
            f"it needs {missing / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free in {cache}",
        )
    counter = _Download(total - missing, total)
    return snapshot_download(
        repository, allow_patterns=PATTERNS, tqdm_class=_bar_class(counter), max_workers=4
    )


def fetch(repository: str, *, refresh: bool = False) -> Fetched | Refused:
    """The model's folder: from the cache, or from the hub where it is not (or on `refresh`)."""
    from huggingface_hub.errors import HFValidationError

    try:
        folder = None if refresh else cached_folder(repository)
        return Fetched(folder or download(repository))
    except HFValidationError as error:
        return Refused(f"{repository} is no repository name: {_one_line(error)}.")
    except Exception as error:
        return Refused(explain(repository, error))


def explain(repository: str, error: BaseException) -> str:
    """One line that says why `repository` could not be fetched and what to do next."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    causes = list(_causes(error))
    again = f"carnice-chat models pull {repository}"
    if constants.HF_HUB_OFFLINE or any(isinstance(e, OfflineModeIsEnabled) for e in causes):
        return (
            f"Model {repository} is not on this machine, and HF_HUB_OFFLINE forbids fetching it. "
            f"Fetch it with: HF_HUB_OFFLINE=0 {again}"
        )
    for cause in causes:
        if isinstance(cause, GatedRepoError):
            return (
                f"Model {repository} is given only to those who accepted its terms: open "
                f"https://huggingface.co/{repository}, then run: hf auth login"
            )
        if isinstance(cause, RepositoryNotFoundError):
            return (
                f"The hub knows no model {repository}, or it is private: check the name, "
                "or log in with: hf auth login"
            )
        if isinstance(cause, HfHubHTTPError):
            status = cause.response.status_code
            if status == 429:
                return f"The hub asks to wait: too many requests. Later, run again: {again}"
            return f"Fetching {repository} failed: the hub answered {status}. Run again: {again}"
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            return (
                f"There is no room for {repository}: {cause.strerror}. Make room, or set HF_HOME "
                f"to a larger disk, and run again: {again}"
            )
        if isinstance(cause, PermissionError):
            return (
                f"The model cache cannot be written: {cause.filename}: {cause.strerror}. Set "
                f"HF_HOME to a folder of yours and run again: {again}"
            )
        if isinstance(cause, LookupError) and type(cause) is LookupError:
            return f"{repository} cannot be used: {cause}."
    reason = _one_line(causes[-1])
    return (
        f"Model {repository} is not on this machine, and fetching it stopped ({reason}). When you "
        f"are online, this goes on where it stopped: {again}"
    )


def _is_whole(folder: Path) -> bool:
    """Whether every file that the model's own index names is there."""
    if not (folder / "config.json").exists():
        return False
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return True
    try:
        shards = msgspec.json.decode(index.read_bytes(), type=_Index).weight_map.values()
    except msgspec.DecodeError:
        return True  # the worker says what is wrong with it
    return all((folder / name).exists() for name in set(shards))


class _Index(msgspec.Struct):
    weight_map: dict[str, str]


def _bar_class(counter: _Download) -> Any:
    """A tqdm class that draws nothing and hands the bytes written to `counter`."""
    from tqdm import auto

    tqdm: Any = auto.tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            # The hub's library makes three bars; this one counts what is on the disk.
            self._counts = str(kwargs.get("desc", "")).startswith("Reconstructing")
            kwargs["file"] = open(os.devnull, "w")  # noqa: PTH123, SIM115
            tqdm.__init__(self, *args, **kwargs)

        def update(self, n: float | None = 1) -> None:
            if self._counts and n:
                counter.add(n)
            tqdm.update(self, n)

    return Bar


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _one_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:200]


def _print(step: Step) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(step) + b"\n")
    sys.stdout.buffer.flush()


def _stop_with_the_parent() -> None:
    with contextlib.suppress(OSError):
        while sys.stdin.buffer.read(4096):
            pass
    os._exit(1)


def main() -> None:
    """Fetch the repository named on the command line; `--refresh` asks the hub in any case."""
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    threading.Thread(target=_stop_with_the_parent, daemon=True).start()
    repository, *flags = sys.argv[1:]
    _print(fetch(repository, refresh="--refresh" in flags))
    os._exit(0)  # without waiting for the library's threads


if __name__ == "__main__":
    main()
