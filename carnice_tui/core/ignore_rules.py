"""Ignore files as git reads them: what is no rule, no file or too large keeps nothing waiting."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

LARGEST = 1024 * 1024
"""Bytes of an ignore file that are read."""


def ignore_lines(path: Path) -> list[str]:
    """The lines of an ignore file; none if it cannot be read."""
    try:
        if not path.is_file():  # a pipe of that name would be waited for
            return []
        with path.open("rb") as file:
            return file.read(LARGEST).decode("utf-8", "replace").split("\n")
    except OSError:
        return []


def ignore_rules(lines: Sequence[str]) -> GitIgnoreSpec:
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
