"""Diffs: from text, and from a real git."""

import os
import subprocess
from pathlib import Path

import pytest

from carnice_tui.review import git
from carnice_tui.review.diffs import changed_files
from carnice_tui.review.errors import ReviewError
from carnice_tui.review.finding import Failure
from carnice_tui.review.git import Changes
from carnice_tui.review.jobs import Job, file_jobs, has_changes, text_jobs

DIFF = """\
diff --git a/cart.py b/cart.py
index 1111111..2222222 100644
--- a/cart.py
+++ b/cart.py
@@ -10,4 +10,5 @@ class Cart:
     def total(self):
-        return sum(self.items)
+        first = self.items[1:]
+        return sum(first)
 
     def clear(self):
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    def run(*args: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=you", "-c", "user.email=you@example.org", *args],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    run("init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("x = 1\ny = 2\n")
    run("add", ".")
    run("commit", "-qm", "one")
    run("checkout", "-qb", "work")
    (tmp_path / "a.py").write_text("x = 1\ny = 3\n")
    run("commit", "-qam", "two")
    (tmp_path / "a.py").write_text("x = 5\ny = 3\n")
    (tmp_path / "b c.py").write_text("new = True\n")
    run("add", "b c.py")
    return tmp_path


def test_a_hunk_keeps_the_numbers_of_the_new_lines():
    (changed,) = changed_files(DIFF)
    (hunk,) = changed.passages
    assert changed.path == "cart.py"
    assert hunk.code == "\n".join(DIFF.splitlines()[4:])
    assert [line.number for line in hunk.lines] == [10, 0, 11, 12, 13, 14]
    assert hunk.changed_range() == (11, 12)
    assert hunk.text_of(11) == "        first = self.items[1:]"
    assert hunk.symbol_at(11) == "Cart.total"
    assert (hunk.fence, hunk.language) == ("diff", "python")


def test_a_long_hunk_is_cut_into_hunks_that_change_something():
    body = "".join(f"+line {n}\n" for n in range(20))
    (changed,) = changed_files(f"--- a/x.py\n+++ b/x.py\n@@ -3,0 +4,20 @@\n{body}")
    parts = changed.passages[0].parts(60)
    assert len(parts) > 2
    assert [line.number for part in parts for line in part.lines] == list(range(4, 24))
    assert parts[0].code.startswith("@@ -0,0 +4,")


@pytest.mark.parametrize(
    ("diff", "reason"),
    [
        ("--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "removed"),
        ("--- a/x.txt\n+++ b/x.txt\n@@ -1 +1 @@\n-x\n+y\n", "not code by its name"),
        (
            "diff --git a/x.py b/y.py\nsimilarity index 100%\nrename from x.py\nrename to y.py\n",
            "no changed lines",
        ),
    ],
)
def test_changes_that_need_no_review_are_skipped_with_a_reason(diff: str, reason: str):
    assert [changed.skip_reason for changed in changed_files(diff)] == [reason]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"b/\\303\\274.py"', "ü.py"),
        ('"b/we\\tird\\" n.py"', 'we\tird" n.py'),
        ('"b/back\\\\slash.py"', "back\\slash.py"),
        ('b/half".py', 'half".py'),
        ("b/cart.py\r", "cart.py"),
    ],
)
def test_a_name_that_git_quotes_is_the_file_it_means(written: str, meant: str):
    (changed,) = changed_files(DIFF.replace("b/cart.py\n", f"{written}\n"))
    assert (changed.path, changed.skip_reason) == (meant, "")


@pytest.mark.parametrize(
    "written",
    [
        DIFF.replace("\n", "\r\n"),
        "".join(f"\x1b[1m{line}\x1b[m\n" for line in DIFF.splitlines()),
        "\n".join(f"{line[:1]}\x1b[32m{line[1:]}\x1b[0;1m\x1b[K" for line in DIFF.splitlines())
        + "\n",
    ],
    ids=["line ends of Windows", "painted", "painted behind the first column"],
)
def test_a_diff_is_one_however_it_was_printed(written: str):
    (job,) = text_jobs(written)
    assert isinstance(job, Job)
    (plain,) = text_jobs(DIFF)
    assert isinstance(plain, Job)
    assert (job.path, job.read(9999)) == (plain.path, plain.read(9999))


def test_a_broken_diff_is_refused():
    with pytest.raises(ReviewError, match="diff"):
        changed_files("--- a/x.py\n+++ b/x.py\n@@ -1,9 +1,9 @@\n-x\n")


def test_piped_text_that_is_a_diff_is_reviewed_as_one():
    jobs = text_jobs(DIFF)
    assert [job.path for job in jobs] == ["cart.py"]
    assert has_changes(jobs)
    assert not has_changes(text_jobs("x = 1\n", "a.py"))


@pytest.mark.parametrize("name", ["my.patch", "changes"])
def test_a_file_that_holds_a_diff_is_as_many_sources_as_it_changes(tmp_path: Path, name: str):
    file = tmp_path / name
    file.write_text(DIFF + DIFF.replace("cart", "shop"))
    jobs = list(file_jobs([str(file)]))
    assert [job.path for job in jobs] == ["cart.py", "shop.py"]
    assert has_changes(jobs)


def test_a_file_with_half_a_diff_is_a_failure_and_the_rest_is_reviewed(tmp_path: Path):
    (tmp_path / "half.patch").write_text(DIFF[:-40])
    (tmp_path / "code.py").write_text("x = 1\n")
    half, code = file_jobs([str(tmp_path / "half.patch"), str(tmp_path / "code.py")])
    assert isinstance(half, Failure)
    assert "cannot be read" in half.reason
    assert isinstance(code, Job)


def test_what_can_be_read_only_once_is_read_once(tmp_path: Path):
    reading, writing = os.pipe()
    os.write(writing, b"#!/bin/sh\necho $1\n")
    os.close(writing)
    (job,) = file_jobs([f"/dev/fd/{reading}"])
    os.close(reading)
    assert isinstance(job, Job)
    (passage,) = job.read(9999).passages
    assert passage.code == "#!/bin/sh\necho $1"


@pytest.mark.parametrize(
    ("changes", "added"),
    [
        (Changes("worktree"), {"+x = 5", "+new = True"}),
        (Changes("staged"), {"+new = True"}),
        (Changes("base", "main"), {"+x = 5", "+y = 3", "+new = True"}),
        (Changes("commit", "HEAD"), {"+y = 3"}),
        (Changes("commit", "main"), {"+x = 1", "+y = 2"}),
        (Changes("worktree", "main"), {"+x = 5", "+y = 3", "+new = True"}),
    ],
)
def test_git_gives_the_changes_that_were_asked_for(repo: Path, changes: Changes, added: set[str]):
    text = git.diff(changes, repo)
    lines = {line for line in text.splitlines() if line.startswith("+") and line[1] != "+"}
    assert lines == added
    assert all(not changed.skip_reason for changed in changed_files(text))


def test_the_folder_one_is_in_hides_no_changes(repo: Path):
    subprocess.run(["git", "config", "diff.relative", "true"], cwd=repo, check=True)
    (repo / "sub").mkdir()
    text = git.diff(Changes("worktree"), repo / "sub")
    assert [changed.path for changed in changed_files(text)] == ["a.py", "b c.py"]


def test_a_branch_without_a_common_commit_is_told_as_that(repo: Path):
    run = ["git", "-c", "user.name=you", "-c", "user.email=you@example.org"]
    subprocess.run([*run, "checkout", "-q", "--orphan", "alone"], cwd=repo, check=True)
    subprocess.run([*run, "commit", "-qm", "three"], cwd=repo, check=True)
    with pytest.raises(ReviewError, match="no commit in common: compare"):
        git.diff(Changes("base", "main"), repo)


def test_a_name_that_is_no_commit_is_never_a_flag_of_git(repo: Path):
    for ref in ("--output=stolen", "nowhere", "-h", ""):
        with pytest.raises(ReviewError, match="no commit"):
            git.diff(Changes("worktree", ref), repo)
    assert not (repo / "stolen").exists()


def test_nothing_that_the_repository_brings_is_run(repo: Path):
    ran = repo / "ran"
    script = repo / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    for key in ("diff.external", "core.fsmonitor", "diff.evil.textconv", "core.pager"):
        subprocess.run(["git", "config", key, str(script)], cwd=repo, check=True)
    (repo / ".gitattributes").write_text("*.py diff=evil\n")
    git.diff(Changes("worktree"), repo)
    git.is_clean(repo / "a.py")
    assert not ran.exists()


def test_a_folder_outside_any_repository_says_so(tmp_path: Path):
    with pytest.raises(ReviewError, match="not a git repository"):
        git.diff(Changes("worktree"), tmp_path)


def test_only_a_tracked_and_unchanged_file_is_clean(repo: Path):
    assert not git.is_clean(repo / "a.py")
    subprocess.run(["git", "checkout", "-q", "a.py"], cwd=repo, check=True)
    assert git.is_clean(repo / "a.py")
    (repo / "untracked.py").write_text("")
    assert not git.is_clean(repo / "untracked.py")
