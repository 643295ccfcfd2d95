"""The child process that brings a repository of the Hugging Face hub onto this machine.

`python -m carnice_tui.models.fetch REPO` prints one JSON line a step: `load_progress` while
it works, then `fetched` or `refused`. It is a process of its own so that it can be stopped
at any moment (the hub's library cannot), and it stops by itself when its standard input
closes. What was downloaded stays, and the next run goes on from there.
"""

# The signatures of the hub's library leave some type parameters open.
# pyright: reportUnknownVariableType=false

import contextlib
import errno
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from carnice_tui.core.events import LoadProgress
from carnice_tui.models.fetch_errors import explain, one_line, retry_after
from carnice_tui.models.hub_files import HubFile, fetch_file
from carnice_tui.models.installed import hub_cache, repository_folder, snapshot
from carnice_tui.models.silent_bar import silent_bar

T = TypeVar("T")

PATTERNS = ["*.json", "*.jsonl", "*.jinja", "*.txt", "*.safetensors", "*.model", "*.tiktoken"]
"""What an MLX model needs; never Python files or pickles."""

REPORT_INTERVAL = 0.1
"""Seconds between two progress lines."""

SPARE = 256 * 1024 * 1024
"""Bytes that must stay free on the disk beside the download."""


LARGE = 512 * 1024
"""Bytes from which on a file is fetched so that it can go on where it was cut."""

DOWNLOADS = 4
"""Files at once."""

PATIENCE = 5
"""How often the hub may ask to wait before we give up."""

LONGEST_WAIT = 120.0
"""Seconds; whoever is asked to wait longer is told so."""

SHA256 = re.compile(r"[0-9a-f]{64}")


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

    def add(self, count: int) -> None:
        with self._lock:
            self._done = max(0, min(self._done + count, self._total))
            now = time.monotonic()
            if now - self._last >= REPORT_INTERVAL or self._done == self._total:
                self._last = now
                _print(LoadProgress("downloading", self._done, self._total))


def cached_folder(repository: str) -> str | None:
    """The snapshot of `repository` on this machine if it is complete; asks nobody."""
    folder = snapshot(repository)
    return str(folder) if folder else None


def download(repository: str) -> str:
    """Bring the newest snapshot onto this machine and give its folder, printing progress.

    Raises:
        LookupError: it is no model in MLX format.
        OSError: the disk has too little room (ENOSPC), or whatever the hub's library raises.
    """
    from huggingface_hub import snapshot_download

    _print(LoadProgress("downloading"))
    plan = _patiently(lambda: snapshot_download(repository, allow_patterns=PATTERNS, dry_run=True))
    total = sum(file.file_size or 0 for file in plan)
    wanted = [file for file in plan if file.will_download]
    if not any(Path(file.filename).name == "config.json" for file in plan):
        raise LookupError("it has no config.json, so it is no model in MLX format")
    large = [
        found
        for file in wanted
        if (file.file_size or 0) >= LARGE
        and (found := _hub_file(repository, file.filename, file.commit_hash)) is not None
    ]
    missing = sum(file.file_size or 0 for file in wanted) - sum(file.there for file in large)
    _require_room(missing)
    counter = _Download(total - missing, total)
    with ThreadPoolExecutor(DOWNLOADS) as pool:
        downloads = [pool.submit(_fetch, repository, file, counter) for file in large]
    for finished in downloads:
        finished.result()  # raises what it raised
    return _patiently(
        lambda: snapshot_download(
            repository,
            allow_patterns=PATTERNS,
            # Of the three bars that the library makes, this one counts what is on the disk.
            tqdm_class=silent_bar(counter.add, named="Reconstructing"),
            max_workers=DOWNLOADS,
        )
    )


def _hub_file(repository: str, name: str, commit: str) -> HubFile | None:
    """What the hub says of a file; None if it gives no SHA-256 to check it by."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repository, name, revision=commit)
    told = _patiently(lambda: get_hf_file_metadata(url))
    if not told.etag or not SHA256.fullmatch(told.etag) or not told.size:
        return None
    blobs = repository_folder(repository) / "blobs"
    return HubFile(name, commit, told.location, told.size, told.etag, blobs)


def _fetch(repository: str, file: HubFile, counter: "_Download") -> None:
    """Fetch a file, asking for a new address when the old one has run out."""
    from huggingface_hub.errors import HfHubHTTPError

    while True:
        before = file.there
        try:
            return _patiently(partial(fetch_file, file, _headers_for(file.url), counter.add))
        except HfHubHTTPError:
            fresh = _hub_file(repository, file.name, file.commit)
            if fresh is None or fresh.url == file.url or file.there <= before:
                raise
            file = fresh


def _headers_for(url: str) -> dict[str, str]:
    """The token is for the hub alone: addresses on other hosts carry their own permission."""
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers

    ours = urlsplit(url).netloc == urlsplit(constants.ENDPOINT).netloc
    return build_hf_headers() if ours else {}


def _require_room(missing: int) -> None:
    cache = hub_cache()
    cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(cache).free
    if missing and free < missing + SPARE:
        raise OSError(
            errno.ENOSPC,
            f"it needs {missing / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free in {cache}",
        )


def _patiently(call: Callable[[], T]) -> T:
    """`call`, again where the hub asks to wait and says for how long."""
    for _ in range(PATIENCE):
        try:
            return call()
        except Exception as error:
            wait = retry_after(error)
            if wait is None or wait > LONGEST_WAIT:
                raise
            time.sleep(wait)
    return call()


def fetch(repository: str, *, refresh: bool = False) -> Fetched | Refused:
    """The model's folder: from the cache, or from the hub where it is not (or on `refresh`)."""
    from huggingface_hub.errors import HFValidationError

    try:
        folder = None if refresh else cached_folder(repository)
        return Fetched(folder or download(repository))
    except HFValidationError as error:
        return Refused(f"{repository} is no repository name: {one_line(error)}.")
    except Exception as error:
        return Refused(explain(repository, error))


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
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    threading.Thread(target=_stop_with_the_parent, daemon=True).start()
    repository, *flags = sys.argv[1:]
    _print(fetch(repository, refresh="--refresh" in flags))
    os._exit(0)  # without waiting for the library's threads


if __name__ == "__main__":
    main()
