"""Our pairs are what they claim to be: the buggy program fails its check, the twin passes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from carnice_tui.bench.bugs.cases import DataError, Pair, own_pairs, read_pairs

PAIRS = own_pairs()

RUNNER = """
import json, sys, warnings
warnings.simplefilter("ignore")
for program, check in json.load(sys.stdin):
    space = {"__name__": "program"}
    try:
        exec(compile(program, "program", "exec"), space)
        exec(compile(check, "check", "exec"), space)
    except Exception as error:
        print(type(error).__name__)
    else:
        print("passes")
"""


def checked(programs: list[tuple[str, str]]) -> list[str]:
    """Run programs and their checks in an interpreter of their own."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def test_every_buggy_program_fails_and_every_twin_passes():
    buggy = checked([(pair.buggy, pair.check) for pair in PAIRS])
    fixed = checked([(pair.fixed, pair.check) for pair in PAIRS])
    names = [pair.name for pair in PAIRS]
    assert [name for name, said in zip(names, buggy, strict=True) if said == "passes"] == []
    assert [name for name, said in zip(names, fixed, strict=True) if said != "passes"] == []


def test_there_are_sixty_pairs_or_more_and_no_name_twice():
    assert len(PAIRS) >= 60
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)


def test_each_pair_says_where_it_is_wrong_and_does_not_give_itself_away():
    for pair in PAIRS:
        assert 1 <= len(pair.wrong_lines) <= 5, pair.name
        assert "bug" not in pair.buggy.lower(), pair.name


@pytest.mark.parametrize(
    ("buggy", "fixed", "lines"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", {2}),
        ("a\nb\nc\n", "a\nc\n", {2}),
        ("a\nc\n", "a\nb\nc\n", {1}),
        ("b\n", "a\nb\n", {1}),
    ],
)
def test_the_wrong_lines_are_those_that_the_correction_touches(
    buggy: str, fixed: str, lines: set[int]
):
    assert Pair("x", "python", buggy, fixed).wrong_lines == lines


def test_a_quixbugs_checkout_is_read(tmp_path: Path):
    for folder, code in (("python_programs", "x = 1"), ("correct_python_programs", "x = 2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "gcd.py").write_text(f'{code}\n\n"""\nWhat it does.\n"""\n')
        (tmp_path / folder / "gcd_test.py").write_text("")
    assert read_pairs(tmp_path) == [Pair("gcd", "python", "x = 1\n", "x = 2\n")]


def test_humanevalpack_is_read(tmp_path: Path):
    line = (
        '{"task_id": "CPP/0", "prompt": "int f(){\\n", "canonical_solution": "return 1;}",'
        ' "buggy_solution": "return 2;}", "bug_type": "value misuse"}\n'
    )
    (tmp_path / "pack.jsonl").write_text(line)
    (pair,) = read_pairs(tmp_path)
    assert (pair.language, pair.buggy) == ("cpp", "int f(){\nreturn 2;}")
    assert pair.wrong_lines == {2}


@pytest.mark.parametrize("content", ["{}", "no json", "\xff"])
def test_what_holds_no_pairs_is_refused(tmp_path: Path, content: str):
    (tmp_path / "x.jsonl").write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError):
        read_pairs(tmp_path)
    with pytest.raises(DataError, match="QuixBugs"):
        read_pairs(tmp_path / "none")
