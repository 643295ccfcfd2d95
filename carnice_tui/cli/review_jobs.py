"""From the words of the command line to what is reviewed."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from carnice_tui.cli.standard_input import is_piped, read_piped_text
from carnice_tui.core.errors import UsageError
from carnice_tui.review import git
from carnice_tui.review.finder import Locating
from carnice_tui.review.finding import Failure, Level, Skipped
from carnice_tui.review.formats.choose import Format
from carnice_tui.review.git import Changes
from carnice_tui.review.jobs import Job, diff_jobs, file_jobs, has_changes, text_jobs
from carnice_tui.review.sources import is_folder


class Wanted(msgspec.Struct, frozen=True):
    """The flags of `carnice-chat review`, as they were given."""

    paths: tuple[str, ...] = ()
    stdin_filename: str = ""
    since: str | None = None
    staged: bool = False
    base: str | None = None
    commit: str | None = None
    form: Format = "text"
    allow_ok: bool | None = None
    most: int | None = None
    samples: int = 1
    locate: Locating = "ask"
    min_confidence: float = 0.0
    sort: Literal["found", "confidence"] = "found"
    fail_on: Level | Literal["never"] = "note"
    baseline: str | None = None
    update_baseline: bool = False
    explain: bool = False
    suggest: bool = False
    applying: bool = False
    force: bool = False
    quiet: bool = False

    @property
    def changes(self) -> Changes | None:
        """Which changes git is asked for; None where it is not asked."""
        if self.staged:
            return Changes("staged")
        if self.base is not None:
            return Changes("base", self.base)
        if self.commit is not None:
            return Changes("commit", self.commit)
        return Changes("worktree", self.since) if self.since is not None else None


def jobs_of(wanted: Wanted) -> list[Job | Skipped | Failure]:
    """What is to be reviewed, in order.

    Raises:
        UsageError: nothing was named and nothing is piped in, or a folder holds no code.
        ReviewError: git, or a diff, cannot be read.
    """
    changes = wanted.changes
    if changes is not None:
        return _changed(changes, wanted.paths)
    if not wanted.paths:
        if not is_piped():
            raise UsageError(
                "There is nothing to review: name files or folders, use --diff, or pipe code in: "
                "cat app.ts | carnice-chat review"
            )
        return _piped(wanted)
    jobs: list[Job | Skipped | Failure] = []
    for path in wanted.paths:
        jobs += _piped(wanted) if path == "-" else file_jobs([path])
    jobs = _each_once(jobs)
    if not jobs:
        raise UsageError(
            f"There is no code in {', '.join(wanted.paths)}: no file with a known extension that "
            "the ignore files let through."
        )
    return jobs


def is_mostly_fine(wanted: Wanted, jobs: Iterable[Job | Skipped | Failure]) -> bool:
    """Whether a folder or changes are reviewed, where most of the code is fine."""
    return has_changes(jobs) or any(is_folder(Path(path)) for path in wanted.paths)


def _piped(wanted: Wanted) -> list[Job | Skipped | Failure]:
    text = read_piped_text()
    if not text.strip():
        raise UsageError("Standard input is empty: there is nothing to review.")
    return [*text_jobs(text, wanted.stdin_filename)]


def _changed(changes: Changes, names: tuple[str, ...]) -> list[Job | Skipped | Failure]:
    here = Path.cwd()
    top = git.top(here)
    text = git.diff(changes, here)
    jobs = diff_jobs(text, lambda path: _relative(top / path, here)) if text.strip() else []
    return _within(names, jobs, here) if names else [*jobs]


def _within(
    names: Iterable[str], jobs: Sequence[Job | Skipped], here: Path
) -> list[Job | Skipped | Failure]:
    """The jobs of the files and folders that were named; a name that is nothing is a failure."""
    chosen: list[Job | Skipped | Failure] = []
    for name in names:
        place = _place(name)
        found = [job for job in jobs if (here / job.path).is_relative_to(place)]
        if not found and not os.path.lexists(place):
            found = [Failure(name, "no such file or directory, and none in the changes")]
        chosen += found
    return _each_once(chosen)


def _place(name: str) -> Path:
    """Where `name` lies as git says it: with no link on the way, but what it names may be one."""
    path = Path(os.path.abspath(name))  # noqa: PTH100  # its ".." are those that were typed
    return path.resolve() if is_folder(path) else path.parent.resolve() / path.name


def _relative(path: Path, here: Path) -> str:
    """A path as an editor opened in this folder finds it."""
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _each_once(jobs: list[Job | Skipped | Failure]) -> list[Job | Skipped | Failure]:
    return list({(type(job), job.path): job for job in jobs}.values())
