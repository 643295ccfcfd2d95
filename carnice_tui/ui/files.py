"""The files of this folder that `@` offers: indexed off the event loop, ignore files respected."""

import asyncio
import math
import mimetypes
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.messages import Attachment

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MOST = 200_000
"""Files that are indexed; what lies beyond is still attached where its whole path is typed."""

STALE_AFTER, RARELY = 5.0, 20.0
"""Seconds after which the index is built anew where it is asked, and how many times as long as
building took it may at least be old: a large folder is not walked all the time."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a file: about a million tokens, more than any window of ours."""

_NEVER = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".mypy_cache"}
_LANGUAGES = {
    ".py": "python", ".js": "javascript", ".ts": "typescript", ".rs": "rust", ".go": "go",
    ".c": "c", ".h": "c", ".cpp": "cpp", ".java": "java", ".rb": "ruby", ".sh": "bash",
    ".md": "markdown", ".json": "json", ".toml": "toml", ".yml": "yaml", ".yaml": "yaml",
    ".html": "html", ".css": "css", ".sql": "sql", ".swift": "swift", ".diff": "diff",
}  # fmt: skip


_NO_TEXT = ("image/", "audio/", "video/", "font/", "application/")


class FileRefused(CarniceError):
    """A file that cannot be given to a model; the message says why."""


class FileIndex:
    """Paths under a folder, relative to it. Empty until `build` has run."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.root = root
        self._lowered: list[tuple[str, str]] = []
        """Each path, and the same in small letters; never changed, only another one."""
        self._clock = clock
        self._stale_at = math.inf
        self._building: asyncio.Task[None] | None = None

    async def build(self) -> None:
        """Walk the folder, in a thread."""
        begun = self._clock()
        self._lowered = await asyncio.to_thread(_walk_with_folders, self.root)
        now = self._clock()
        self._stale_at = now + max(STALE_AFTER, RARELY * (now - begun))

    @property
    def paths(self) -> list[str]:
        """All of them."""
        return [path for path, _ in self._lowered]

    async def find(self, typed: str, limit: int = 8) -> list[str]:
        """The paths that fit what was typed, best first; searched in a thread.

        Files come and go: an index that is old is built anew, for what is asked next.
        """
        if self._clock() > self._stale_at:
            self._stale_at = math.inf
            self._building = asyncio.create_task(self.build())
        return await asyncio.to_thread(self._find, typed.lower(), limit)

    def _find(self, typed: str, limit: int) -> list[str]:
        scored: list[tuple[int, int, str]] = []
        for path, lower in self._lowered:
            score = _score(typed, lower)
            if score >= 0:
                scored.append((score, len(path), path))
        return [path for _, _, path in sorted(scored)[:limit]]


def _score(typed: str, path: str) -> int:
    """Smaller fits better; -1 fits not at all: its letters must come in this order."""
    name = path.removesuffix("/").rpartition("/")[2]
    if name.startswith(typed):
        return 0
    if typed in name:
        return 1
    if typed in path:
        return 2
    at = -1
    for letter in typed:
        at = path.find(letter, at + 1)
        if at < 0:
            return -1
    return 3


def _walk_with_folders(root: Path) -> list[tuple[str, str]]:
    """The folders that files lie in, with a slash behind, and the files; each in small letters."""
    files = _walk(root)
    folders: set[str] = set()
    for file in files:
        folder = file
        while (cut := folder.rfind("/")) > 0 and (folder := folder[:cut]) + "/" not in folders:
            folders.add(folder + "/")
    return [(path, path.lower()) for path in (*sorted(folders), *files)]


def _walk(root: Path) -> list[str]:
    found: list[str] = []
    above = _specs_above(root)
    specs: dict[str, GitIgnoreSpec] = {}

    def ignored(path: str) -> bool:
        return _ignored(path, specs) or any(spec.match_file(way + path) for way, spec in above)

    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        if ".gitignore" in files or ".ignore" in files:
            specs[prefix] = _spec(Path(folder))
        folders[:] = sorted(
            name for name in folders if name not in _NEVER and not ignored(f"{prefix}{name}/")
        )
        found.extend(f"{prefix}{f}" for f in sorted(files) if not ignored(f"{prefix}{f}"))
        if len(found) > MOST:
            break
    return found[:MOST]


def _specs_above(root: Path) -> "list[tuple[str, GitIgnoreSpec]]":
    """What the folders between `root` and the top of its repository ignore, each with the way
    from there to `root`."""
    root = root.absolute()
    if (root / ".git").exists():
        return []
    found: list[tuple[str, GitIgnoreSpec]] = []
    for folder in root.parents:
        if (folder / ".gitignore").exists() or (folder / ".ignore").exists():
            found.append((f"{root.relative_to(folder).as_posix()}/", _spec(folder)))
        if (folder / ".git").exists():
            return found
    return []


def _spec(folder: Path) -> "GitIgnoreSpec":
    # Only here: the app opens sooner without it.
    from carnice_tui.core.ignore_rules import ignore_lines, ignore_rules

    names = (".gitignore", ".ignore")
    return ignore_rules([line for name in names for line in ignore_lines(folder / name)])


def _ignored(path: str, specs: dict[str, "GitIgnoreSpec"]) -> bool:
    return any(
        path.startswith(prefix) and spec.match_file(path[len(prefix) :])
        for prefix, spec in specs.items()
    )


def read_attachment(path: Path, name: str) -> Attachment:
    """The file as an attachment, its text unchanged.

    Raises:
        FileRefused: it cannot be read, is no text, or is too large.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise FileRefused(f"{name} is larger than {LARGEST // 2**20} MiB: attach a part of it.")
        data = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{name} cannot be read: {error.strerror}.") from error
    kind = mimetypes.guess_type(path.name)[0] or ""
    if b"\0" in data or (kind.startswith(_NO_TEXT) and not _is_text(data)):
        what = f"is no text ({kind})" if kind else "is no text"
        raise FileRefused(f"{name} {what}: these models read text only, no images.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise FileRefused(f"{name} is no UTF-8 text: convert it first, as with iconv.") from None
    return Attachment(name, text, _LANGUAGES.get(path.suffix.lower(), ""))


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
