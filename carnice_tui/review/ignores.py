"""Which files of a folder git would ignore: `.gitignore` in every folder, and `.ignore`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from carnice_tui.core.ignore_rules import ignore_lines, ignore_rules

IGNORE_FILES = (".gitignore", ".ignore")
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
        lines = [line for path in names for line in ignore_lines(path)]
        return cls(folder, ignore_rules(lines), parent) if lines else parent

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether the rules leave `path` out; the innermost rule that speaks of it decides."""
        name = path.relative_to(self.folder).as_posix() + ("/" if is_folder else "")
        said = self.spec.check_file(name).include
        if said is not None:
            return said
        return self.parent is not None and self.parent.ignores(path, is_folder=is_folder)
