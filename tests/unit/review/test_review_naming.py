"""Which files a message names with `@`."""

from pathlib import Path

import pytest

from carnice_tui.review.inquiry import named_files


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("look at @a.py, please", ["a.py"]),
        ("(see @a.py)? And @b.py.", ["a.py", "b.py"]),
        ('@"my notes/to do.txt" and @a.py', ["my notes/to do.txt", "a.py"]),
        ("@odd., is there", ["odd.,"]),
        ("you@a.py is an address, @nobody is somebody", []),
        (f"@{'long' * 2000} @~nobodys/home @\0", []),
    ],
)
def test_what_is_there_is_named_whatever_stands_around_it(
    tmp_path: Path, text: str, names: list[str]
) -> None:
    (tmp_path / "my notes").mkdir()
    for name in ("a.py", "b.py", "odd.,", "my notes/to do.txt"):
        (tmp_path / name).touch()

    assert named_files(text, tmp_path) == {name: tmp_path / name for name in names}
