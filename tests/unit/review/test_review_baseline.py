"""Known findings are known again, wherever their code has moved."""

import errno
from pathlib import Path

import msgspec
import pytest

from carnice_tui.review.baseline import (
    Known,
    fingerprint,
    known_of,
    read_baseline,
    write_baseline,
)
from carnice_tui.review.errors import ReviewError
from carnice_tui.review.finding import Finding

FINDING = Finding(
    "a.py", 3, 3, "off by one", "fix it", "asked", code="  for i in range(1):", symbol="f"
)


def changed(**fields) -> str:
    return fingerprint(msgspec.structs.replace(FINDING, **fields))


def test_a_fingerprint_survives_moved_and_indented_code_and_other_words():
    same = changed(first_line=90, last_line=90, code="for i  in range(1):", bug="wrong start")
    assert same == fingerprint(FINDING)


def test_a_fingerprint_tells_files_symbols_and_lines_apart():
    others = {changed(path="b.py"), changed(symbol="g"), changed(code="for i in range(2):")}
    assert fingerprint(FINDING) not in others
    assert len(others) == 3


def test_a_baseline_is_read_as_it_was_written_and_sorted(tmp_path: Path):
    path = tmp_path / "baseline.json"
    known = [Known("b.py", "2"), Known("a.py", "1", "f", "bug"), Known("b.py", "2")]
    write_baseline(path, known)
    assert read_baseline(path) == [known[1], known[0]]
    assert path.read_text().endswith("}\n")


def test_a_finding_is_kept_with_words_for_people():
    assert known_of(msgspec.structs.replace(FINDING, fingerprint="ff")) == Known(
        "a.py", "ff", "f", "off by one"
    )


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 9}', '{"findings": 3}', "\0"])
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str):
    (tmp_path / "b").write_text(text)
    with pytest.raises(ReviewError):
        read_baseline(tmp_path / "b")


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(ReviewError, match="--update-baseline"):
        read_baseline(tmp_path / "none")


def test_a_full_disk_leaves_the_old_baseline_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "known.json"
    write_baseline(path, [])
    before = path.read_bytes()

    def full(*_: object):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ReviewError, match="No space left"):
        write_baseline(path, [Known("a.py", "ab")])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
