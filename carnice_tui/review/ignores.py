"""Which files of a folder git would ignore: `.gitignore` in every folder, and `.ignore`."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

IGNORE_FILES = (".gitignore", ".ignore")
_LARGEST = 1024 * 1024
"""Bytes of an ignore file that are read."""
NEVER = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".jj",
        "node_modules",
        ".venv",
        "venv",
        "__pycache__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".gradle",
        ".idea",
        ".next",
        ".terraform",
        "bower_components",
        "site-packages",
    ]
)
"""Folders that hold nobody's own code."""


@dataclass(frozen=True)
class Ignores:
    """The rules that hold in `folder`; those of `parent` hold too, and give way to these."""

    folder: Path
    spec: GitIgnoreSpec
    parent: Ignores | None = None

    @classmethod
    def at(cls, folder: Path) -> Ignores | None:
        """The rules that hold in `folder` from the top of its repository down; None if none do."""
        chain = [folder, *folder.parents]
        top = next((at for at, one in enumerate(chain) if (one / ".git").exists()), 0)
        rules: Ignores | None = None
        for one in reversed(chain[: top + 1]):
            rules = cls.inside(one, rules)
        return rules

    @classmethod
    def inside(cls, folder: Path, parent: Ignores | None) -> Ignores | None:
        """The rules of `parent` with those that `folder` adds."""
        names = [folder / name for name in IGNORE_FILES]
        if (folder / ".git").is_dir():
            names.insert(0, folder / ".git/info/exclude")
        lines = [line for path in names for line in _lines(path)]
        return cls(folder, _spec(lines), parent) if lines else parent

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether the rules leave `path` out; the innermost rule that speaks of it decides."""
        name = path.relative_to(self.folder).as_posix() + ("/" if is_folder else "")
        said = self.spec.check_file(name).include
        if said is not None:
            return said
        return self.parent is not None and self.parent.ignores(path, is_folder=is_folder)


def _spec(lines: list[str]) -> GitIgnoreSpec:
    """The rules in `lines`; one that is none leaves nothing out, as with git."""
    with warnings.catch_warnings():
        # `[[:space:]]` is a set to git; Python's `re` warns of it, and pathspec hands it on.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return GitIgnoreSpec.from_lines(lines)
        except (GitIgnorePatternError, re.error):
            return GitIgnoreSpec.from_lines(filter(_is_rule, lines))


def _is_rule(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except (GitIgnorePatternError, re.error):
        return False
    return True


def _lines(path: Path) -> list[str]:
    try:
        if not path.is_file():  # a pipe of that name would be waited for
            return []
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace").split("\n")
    except OSError:
        return []
