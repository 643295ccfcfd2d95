"""What the log keeps of an error of ours."""

import sys
from pathlib import Path

import pytest

from carnice_tui.core.app_log import write_traceback


def failure() -> Exception:
    try:
        raise OSError(5, "it broke", "\udcff")
    except OSError as error:
        return error


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARNICE_STATE_DIR", str(tmp_path / "new"))


def test_each_error_is_kept_with_its_command_and_its_traceback(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["carnice-chat", "first"])
    write_traceback(failure())
    monkeypatch.setattr(sys, "argv", ["carnice-chat", "second"])
    kept = Path(write_traceback(failure())).read_text(encoding="utf-8")
    assert "ERROR carnice-chat first\nTraceback" in kept
    assert kept.index("first") < kept.index("it broke") < kept.index("second")


def test_an_argument_that_is_no_text_is_kept_and_nothing_goes_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(sys, "argv", ["carnice-chat", "bytes \udcff"])
    kept = Path(write_traceback(failure())).read_text(encoding="utf-8")
    assert "bytes \\udcff" in kept
    assert "it broke" in kept
    assert capfd.readouterr() == ("", "")


def test_where_no_log_can_be_written_that_is_said(tmp_path: Path):
    (tmp_path / "new").write_text("a file where the folder should be")
    assert write_traceback(failure()).startswith("not written (")
