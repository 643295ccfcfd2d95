"""Fetches a large file of the hub so that it can go on where it was cut, and checks its hash.

The hub's own library begins a file anew in each process, which for a shard of 5 GB is a lot.
What is fetched here is put where that library looks for it (`blobs/<SHA-256>` in its cache),
so that it finds the file there and does the rest.
"""

# The signatures of the hub's library leave some type parameters open.
# pyright: reportUnknownVariableType=false

import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

import msgspec

from carnice_tui.models.silent_bar import Progress, silent_bar

READ_BYTES = 1 << 20


class HubFile(msgspec.Struct, frozen=True):
    """A file to fetch: where from, how many bytes, and the SHA-256 it must have."""

    name: str
    commit: str
    url: str
    size: int
    sha256: str
    blobs: Path

    @property
    def partial(self) -> Path:
        """Where it grows."""
        return self.blobs / f"{self.sha256}.incomplete"

    @property
    def there(self) -> int:
        """Bytes of it that are on the disk already."""
        with contextlib.suppress(FileNotFoundError):
            return min(self.partial.stat().st_size, self.size)
        return 0


class WrongHash(Exception):
    """What came is not what the hub announced; it has been deleted. The text is its name."""


class InUse(Exception):
    """Another process is fetching the same file. The text is its name."""


def fetch_file(file: HubFile, headers: dict[str, str], progress: Progress) -> None:
    """Fetch the rest of `file`, check it, and put it into the cache.

    Raises:
        WrongHash: its SHA-256 is another.
        InUse: another process is at it.
        OSError: the disk is full or cannot be written; what was fetched stays.
        Exception: whatever the hub's library raises; what was fetched stays.
    """
    from huggingface_hub.file_download import http_get

    file.blobs.mkdir(parents=True, exist_ok=True)
    with _locked(file) as content:
        there = content.seek(0, os.SEEK_END)
        if there > file.size:
            content.truncate(0)
            there = content.seek(0)
        if there < file.size:
            http_get(
                file.url,
                content,
                resume_size=there,
                headers=headers,
                expected_size=file.size,
                displayed_filename=file.name,
                tqdm_class=silent_bar(progress),
            )
        content.flush()
        os.fsync(content.fileno())
        if sha256_of(content) != file.sha256:
            file.partial.unlink()
            raise WrongHash(file.name)
        file.partial.replace(file.blobs / file.sha256)


def sha256_of(content: BinaryIO) -> str:
    """The SHA-256 of a whole open file, in hexadecimal."""
    content.seek(0)
    digest = hashlib.sha256()
    while block := content.read(READ_BYTES):
        digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def _locked(file: HubFile) -> Generator[BinaryIO]:
    """The growing file, open for this process alone."""
    descriptor = os.open(file.partial, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+b") as content:
        try:
            fcntl.flock(content, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise  # a file system without locks says so
            raise InUse(file.name) from error
        yield content
