"""Suggested patches: checked to apply, refused where they are more than a fix."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carnice_tui.review.errors import PatchRefused
from carnice_tui.review.passage import Passage, code_passages
from carnice_tui.review.patch import applied, apply_patch, corrected_code, make_patch

CODE = "def total(xs):\n    s = 0\n    for x in xs[1:]:\n        s += x\n    return s\n"
FIXED = CODE.replace("xs[1:]", "xs")
text = st.text(st.sampled_from("ab\n\r é"), max_size=40)


def passage(code: str = CODE, path: str = "a.py") -> Passage:
    (one,) = code_passages(path, "python", code, 100_000)
    return one


def test_the_code_is_what_stands_in_the_fence():
    assert corrected_code("```python\na\n\nb\n```") == "a\n\nb"
    assert corrected_code("````\n```\na\n```\n````\n") == "```\na\n```"
    assert corrected_code("a\nb\n") == "a\nb"


@pytest.mark.parametrize("answer", ["", "Sure:\n```\na\n```", "```python\na\nb", "```\na\n```\nok"])
def test_an_answer_with_more_or_less_than_code_is_refused(answer: str):
    with pytest.raises(PatchRefused):
        corrected_code(answer)


def test_a_patch_changes_one_line_and_applies():
    patch = make_patch(passage(), FIXED, CODE)
    assert patch.after == FIXED
    assert applied(patch.diff, CODE) == FIXED
    assert [line for line in patch.diff.splitlines()[3:] if line[0] in "+-"] == [
        "-    for x in xs[1:]:",
        "+    for x in xs:",
    ]


@given(text, text)
def test_any_patch_that_is_given_applies_and_can_be_undone(before: str, corrected: str):
    assume(before.strip())
    try:
        patch = make_patch(passage(before, "a.txt"), corrected, before)
    except PatchRefused:
        return
    assert applied(patch.diff, before) == patch.after


def test_line_ends_and_a_missing_newline_at_the_end_stay():
    before = CODE.replace("\n", "\r\n").removesuffix("\r\n")
    patch = make_patch(passage(before), FIXED, before)
    assert patch.after == FIXED.replace("\n", "\r\n").removesuffix("\r\n")


def test_a_patch_of_a_piece_leaves_the_rest_alone():
    before = "import os\n\n\n" + CODE
    pieces = code_passages("a.py", "python", before, 85)
    patch = make_patch(pieces[1], FIXED, before)
    assert patch.after == "import os\n\n\n" + FIXED


@pytest.mark.parametrize(
    ("corrected", "why"),
    [
        (CODE, "changed nothing"),
        ("def total(xs:\n    s = 0\n", "valid Python"),
        ("\n".join(f"x{n} = {n}" for n in range(40)), "rewrites"),
    ],
)
def test_a_patch_that_is_no_fix_is_refused(corrected: str, why: str):
    with pytest.raises(PatchRefused, match=why):
        make_patch(passage(), corrected, CODE)


def test_a_file_that_has_changed_since_is_not_patched():
    with pytest.raises(PatchRefused, match="changed since"):
        make_patch(passage(), FIXED, "x = 1\n" + CODE)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "a.py").chmod(0o750)
    for args in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run(
            ["git", "-c", "user.name=you", "-c", "user.email=you@example.org", *args], check=True
        )
    return tmp_path


def test_an_applied_patch_can_be_undone_with_the_file_that_is_kept(repo: Path):
    patch = make_patch(passage(), FIXED, CODE)
    undo = apply_patch(patch, repo / "undo", force=False)
    assert (repo / "a.py").read_text() == FIXED
    assert (repo / "a.py").stat().st_mode & 0o777 == 0o750
    subprocess.run(["git", "apply", str(undo)], check=True)
    assert (repo / "a.py").read_text() == CODE


def test_what_git_cannot_bring_back_is_patched_by_force_only(repo: Path):
    (repo / "a.py").write_text("y = 1\n" + CODE)
    before = (repo / "a.py").read_text()
    patch = make_patch(passage(before), "y = 1\n" + FIXED, before)
    with pytest.raises(PatchRefused, match="--force"):
        apply_patch(patch, repo / "undo", force=False)
    assert (repo / "a.py").read_text() == before
    apply_patch(patch, repo / "undo", force=True)
    assert (repo / "a.py").read_text() == "y = 1\n" + FIXED


def test_a_file_that_changed_meanwhile_is_left_alone(repo: Path):
    patch = make_patch(passage(), FIXED, CODE)
    (repo / "a.py").write_text("mine\n")
    with pytest.raises(PatchRefused, match="changed since"):
        apply_patch(patch, repo / "undo", force=True)
    assert (repo / "a.py").read_text() == "mine\n"
