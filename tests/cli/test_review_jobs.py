"""From the words of the command line to what is reviewed."""

import os
import subprocess
from pathlib import Path

import pytest

from carnice_tui.cli.review_jobs import Wanted, is_mostly_fine, jobs_of
from carnice_tui.review.finding import Failure


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a change in each of three folders; one stands in `sub`."""
    top = tmp_path / "repo"
    for name in ("a.py", "lib/b.py", "sub/c.py"):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        command = ["git", "-c", "user.name=you", "-c", "user.email=you@example.org", *words]
        subprocess.run(command, cwd=top, check=True)
    for name in ("a.py", "lib/b.py", "sub/c.py"):
        (top / name).write_text("x = 2\n")
    monkeypatch.chdir(top / "sub")
    return top


def chosen(*names: str) -> list[str]:
    """The sources of the changes in `names`, by their own names."""
    return [Path(job.path).name for job in jobs_of(Wanted(names, since="HEAD"))]


def test_changes_can_be_narrowed_by_any_name_of_a_folder(repo: Path):
    link = repo.parent / "link"
    link.symlink_to(repo)
    assert chosen() == ["a.py", "b.py", "c.py"]
    assert chosen("../lib") == ["b.py"]
    assert chosen("..") == ["a.py", "b.py", "c.py"]
    assert chosen(".", "../sub/c.py") == ["c.py"]
    assert chosen(f"{link}/lib") == ["b.py"]


def test_a_removed_file_and_an_unchanged_one_are_no_mistakes(repo: Path):
    (repo / "lib/b.py").unlink()
    (repo / "same.txt").write_text("")
    assert chosen("../lib/b.py", "../same.txt") == ["b.py"]


@pytest.mark.parametrize("changed", [True, False])
def test_a_name_that_is_nothing_is_never_clean(repo: Path, changed: bool):
    if not changed:
        subprocess.run(["git", "checkout", "-q", ".."], check=True)
    (job,) = jobs_of(Wanted(("lbi/b.py",), since="HEAD"))
    assert isinstance(job, Failure)
    assert job.path == "lbi/b.py"


def test_a_piped_diff_may_be_clean_as_one_of_git_may(repo: Path):
    diff = subprocess.run(["git", "diff"], capture_output=True, check=True).stdout
    reading, writing = os.pipe()
    os.write(writing, diff)
    os.close(writing)
    before = os.dup(0)
    os.dup2(reading, 0)
    try:
        wanted = Wanted(("-",))
        assert is_mostly_fine(wanted, jobs_of(wanted))
    finally:
        os.dup2(before, 0)
        for one in (before, reading):
            os.close(one)
