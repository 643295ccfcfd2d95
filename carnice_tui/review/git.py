"""Asks git for changes, without running anything that the repository brings."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from carnice_tui.review.errors import ReviewError

CONTEXT = 10
"""Unchanged lines around each change: as much as a reviewer scrolls to."""

_SECONDS = 60
"""A git that takes longer waits for something that will not come."""
_SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    *("-c", "core.pager=cat", "-c", "diff.external=", "-c", "core.attributesFile=/dev/null"),
    *("-c", "diff.relative=false"),  # or paths from the present folder, and no others
)
_FORM = (
    *("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"),
    *(f"-U{CONTEXT}", f"--inter-hunk-context={CONTEXT}", "--find-renames", "--submodule=short"),
)


@dataclass(frozen=True)
class Changes:
    """Which changes: all uncommitted ones since `ref`, the staged ones, those since a branch
    was left (`base`), or those of one commit."""

    kind: Literal["worktree", "staged", "base", "commit"]
    ref: str = "HEAD"


def diff(changes: Changes, folder: Path) -> str:
    """The changes as a unified diff, with paths from the top of the repository.

    Raises:
        ReviewError: git is missing, this is no repository, or it has no such commit.
    """
    match changes.kind:
        case "worktree":
            return _git(folder, "diff", *_FORM, _commit(changes.ref, folder), "--")
        case "staged":
            return _git(folder, "diff", *_FORM, "--cached", "--")
        case "base":
            return _git(folder, "diff", *_FORM, _left_at(changes.ref, folder), "--")
        case "commit":
            commit = _commit(changes.ref, folder)
            return _git(
                folder, "show", "--format=", "--diff-merges=first-parent", *_FORM, commit, "--"
            )


def top(folder: Path) -> Path:
    """The top folder of the repository that `folder` lies in.

    Raises:
        ReviewError: it lies in none.
    """
    return Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))


def is_clean(path: Path) -> bool:
    """Whether `path` is tracked and has no uncommitted change; False outside a repository."""
    try:
        folder = path.parent
        tracked = _git(folder, "ls-files", "--", path.name)
        return bool(tracked) and not _git(folder, "status", "--porcelain", "--", path.name)
    except ReviewError:
        return False


def _left_at(branch: str, folder: Path) -> str:
    """The commit at which `branch` was left."""
    commit = _commit(branch, folder)
    try:
        return _git(folder, "merge-base", commit, "HEAD").strip()
    except ReviewError:
        raise ReviewError(
            f"HEAD and {branch} have no commit in common: compare them with --diff {branch}, or "
            "fetch more of the history (git fetch --unshallow)."
        ) from None


def _commit(ref: str, folder: Path) -> str:
    try:
        return _git(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}"
        ).strip()
    except ReviewError as error:
        if "not a git" in str(error) or "git is not" in str(error):
            raise
        raise ReviewError(
            f"There is no commit {ref} here: name a branch, a tag or a commit that git log shows."
        ) from None


def _git(folder: Path, *arguments: str) -> str:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_EXTERNAL")},
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", "--no-pager", *_SAFE, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise ReviewError("git is not installed: install it, or pipe a diff in.") from None
    except subprocess.TimeoutExpired:
        raise ReviewError(f"git {arguments[0]} took over {_SECONDS} s and was stopped.") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        last = said.splitlines()[-1] if said else f"exit status {done.returncode}"
        if "not a git repository" in said:
            last = "this folder is not a git repository"
        raise ReviewError(f"git {arguments[0]} failed: {last}.")
    return done.stdout.decode("utf-8", "replace")
