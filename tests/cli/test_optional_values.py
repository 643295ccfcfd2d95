"""An option whose value may be left out takes the next word only if it can be one."""

from pathlib import Path

import pytest

from carnice_tui.cli.review import review


@pytest.mark.parametrize(
    ("words", "most", "since", "paths"),
    [
        (["--all", "src"], 10, None, ("src",)),
        (["--all", "3", "src"], 3, None, ("src",)),
        (["src", "--all"], 10, None, ("src",)),
        (["--all", "--diff"], 10, "HEAD", ()),
        (["--diff", "src"], None, "HEAD", ("src",)),
        (["--diff", "main~2", "src"], None, "main~2", ("src",)),
        (["--diff=src"], None, "src", ()),
        (["--all", "-"], 10, None, ("-",)),
        (["--all", "--", "--diff"], 10, None, ("--diff",)),
    ],
)
def test_what_can_be_no_value_is_an_argument(
    words: list[str],
    most: int | None,
    since: str | None,
    paths: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)

    found = review.make_context("review", words).params

    assert (found["most"], found["since"], found["paths"]) == (most, since, paths)
