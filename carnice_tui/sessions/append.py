"""The session file on disk, opened for appending by one process at a time.

Everything here blocks and raises `OSError`; `log.py` calls it from its own thread.
"""

import contextlib
import errno
import fcntl
import os
import sys
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_NO_LOCKS_HERE = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
"""What file systems without locks answer (some network mounts)."""


class AlreadyLocked(OSError):
    """Another process writes this file."""


class AppendFile:
    """An append-only file with an exclusive lock, held until `close`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._fd = descriptor

    @classmethod
    def create(cls, path: Path) -> "AppendFile":
        """Make a new private file in a private folder.

        Raises:
            FileExistsError: there is one already.
        """
        make_private_folder(path.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL
        made = cls(path, os.open(path, flags, FILE_MODE))
        made._lock()
        with contextlib.suppress(OSError):
            sync_folder(path.parent)
        return made

    @classmethod
    def open(cls, path: Path) -> "AppendFile":
        """Open a file that exists.

        Raises:
            AlreadyLocked: another process has it.
        """
        opened = cls(path, os.open(path, os.O_RDWR | os.O_APPEND))
        try:
            opened._lock()
        except OSError:
            opened.close()
            raise
        return opened

    def __enter__(self) -> "AppendFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._fd).st_size

    @property
    def has_torn_tail(self) -> bool:
        """Whether the last line has no end: whoever wrote it was cut off."""
        size = self.size
        return size > 0 and os.pread(self._fd, 1, size - 1) != b"\n"

    def append(self, data: bytes | bytearray) -> int:
        """Hand bytes to the operating system; gives how many it took, which may be fewer."""
        if os.fstat(self._fd).st_nlink == 0:
            self._write_again()
        return os.write(self._fd, data)

    def sync(self) -> None:
        """Wait until what was written is on the disk itself."""
        if sys.platform == "darwin":
            # fsync alone leaves the data in the drive's cache there.
            fcntl.fcntl(self._fd, fcntl.F_FULLFSYNC)
        else:
            os.fsync(self._fd)

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _lock(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyLocked(error.errno, "another process writes this file") from error
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise

    def _write_again(self) -> None:
        """Give a file that was deleted under us its name back, from the open descriptor."""
        again = AppendFile.create(self.path)
        at = 0
        try:
            while block := os.pread(self._fd, 1 << 20, at):
                at += os.write(again._fd, block)
        except OSError:
            self.path.unlink()
            again.close()
            raise
        self.close()
        self._fd = again._fd


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, readable by its owner alone."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    folder.mkdir(exist_ok=True, mode=FOLDER_MODE)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` as durable as the files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
