"""The one folder that the agent works in: nothing outside it is read or written by a tool.

A path is resolved first, links and `..` included, and refused if it leads out. It is then opened
part by part without following links, so that a link put in its way meanwhile leads nowhere.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from carnice_tui.agent.errors import AgentError, ToolProblem

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: a named pipe would wait for its other end.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_GIT = ".git"


@dataclass(frozen=True)
class Place:
    """A path inside the workspace with no link in it; `parts` is empty for the workspace."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """As it is shown: relative, with slashes."""
        return "/".join(self.parts) or "."

    def inside(self, name: str) -> "Place":
        """What is called `name` in it."""
        return Place((*self.parts, name))


class Workspace:
    """A folder and what may be done in it."""

    def __init__(self, folder: Path) -> None:
        """Take `folder` as the workspace.

        Raises:
            AgentError: there is no such folder.
        """
        try:
            self.root = folder.expanduser().resolve(strict=True)
        except OSError as error:
            raise AgentError(f"The agent cannot work in {folder}: {error.strerror}.") from error
        if not self.root.is_dir():
            raise AgentError(f"The agent cannot work in {folder}: it is no folder.")

    def place(self, path: str) -> Place:
        """Where `path` leads.

        Raises:
            ToolProblem: out of the workspace, or nowhere.
        """
        if "\0" in path:
            raise ToolProblem("A path cannot hold a NUL character.")
        try:
            real = (self.root / path).resolve()
            return Place(real.relative_to(self.root).parts)
        except ValueError:
            raise ToolProblem(
                f"{path} is outside the workspace: use a path inside it, like src/app.py."
            ) from None
        except (OSError, RuntimeError) as error:  # a name too long, links in a circle
            raise ToolProblem(f"{path} cannot be used as a path ({_why(error)}).") from None

    def is_folder(self, place: Place) -> bool:
        """Whether it is a folder that can be opened."""
        try:
            with self._open_folder(place.parts):
                return True
        except OSError:
            return False

    def entries(self, place: Place) -> list[str]:
        """The names in a folder, sorted; those of folders end with a slash.

        Raises:
            ToolProblem: it is no folder, or cannot be read.
        """
        try:
            with self._open_folder(place.parts) as folder, os.scandir(folder) as found:
                return sorted(
                    f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
                    for entry in found
                )
        except NotADirectoryError:
            raise ToolProblem(f"{place.name} is a file: read_file reads it.") from None
        except OSError as error:
            raise ToolProblem(f"{place.name} cannot be listed: {_why(error)}.") from None

    def read(self, place: Place, most: int) -> bytes:
        """What is in a file of at most so many bytes.

        Raises:
            ToolProblem: it is no regular file, is too large, or cannot be read.
        """
        if not place.parts:
            raise ToolProblem("That is the workspace itself: list_files shows what is in it.")
        try:
            with self._open_folder(place.parts[:-1]) as folder:
                file = os.open(place.parts[-1], _FILE, dir_fd=folder)
                with open(file, "rb") as opened:  # noqa: PTH123 - a descriptor
                    _refuse_irregular(place, os.fstat(file), most)
                    data = opened.read(most + 1)
        except OSError as error:
            raise ToolProblem(f"{place.name} cannot be read: {_why(error)}.") from None
        if len(data) > most:
            raise _too_large(place, len(data), most)
        return data

    def exists(self, place: Place) -> bool:
        """Whether something is there."""
        return os.path.lexists(self.root.joinpath(*place.parts))

    def write(self, place: Place, data: bytes, *, before: bytes | None) -> None:
        """Put `data` into a file, all of it or nothing; folders on the way are made.

        `before` is what the file holds, None where there is none: what was agreed to.

        Raises:
            ToolProblem: it is something else by now, may not be written, or cannot be.
        """
        if not place.parts or any(part.lower() == _GIT for part in place.parts):
            raise ToolProblem(f"{place.name} may not be written.")
        *parents, name = place.parts
        try:
            with self._open_folder(tuple(parents), make=True) as folder:
                _refuse_changed(place, folder, before)
                _replace(folder, name, data)
        except OSError as error:
            raise ToolProblem(f"{place.name} cannot be written: {_why(error)}.") from None

    @contextlib.contextmanager
    def _open_folder(self, parts: tuple[str, ...], *, make: bool = False) -> Generator[int]:
        at = os.open(self.root, _FOLDER)
        try:
            for part in parts:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=at)
                inner = os.open(part, _FOLDER, dir_fd=at)
                os.close(at)
                at = inner
            yield at
        finally:
            os.close(at)


def _refuse_irregular(place: Place, found: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise ToolProblem(f"{place.name} is a folder: list_files shows what is in it.")
    if not stat.S_ISREG(found.st_mode):
        raise ToolProblem(f"{place.name} is no regular file, so it is not read.")
    if found.st_size > most:
        raise _too_large(place, found.st_size, most)


def _too_large(place: Place, size: int, most: int) -> ToolProblem:
    return ToolProblem(
        f"{place.name} is too large: {size:,} bytes or more, at most {most:,} are read."
    )


def _refuse_changed(place: Place, folder: int, before: bytes | None) -> None:
    """Compare with what was agreed to, as late as can be."""
    name = place.parts[-1]
    try:
        file = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        if before is None:
            return
        raise ToolProblem(f"{place.name} is gone by now: nothing was written.") from None
    with open(file, "rb") as opened:  # noqa: PTH123 - a descriptor
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ToolProblem(f"{place.name} is no regular file, so it is not written.")
        if before is None or opened.read(len(before) + 1) != before:
            raise ToolProblem(f"{place.name} has changed meanwhile: read it again.")


def _replace(folder: int, name: str, data: bytes) -> None:
    """Write beside it, then put it in its place with the mode it had."""
    temporary = f".{secrets.token_hex(8)}.tmp"
    file = os.open(temporary, _NEW, 0o666, dir_fd=folder)
    try:
        with open(file, "wb") as opened:  # noqa: PTH123 - a descriptor
            with contextlib.suppress(FileNotFoundError):
                old = os.stat(name, dir_fd=folder, follow_symlinks=False)
                os.fchmod(file, stat.S_IMODE(old.st_mode))
            opened.write(data)
            opened.flush()
            os.fsync(file)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
