"""Where things lie: the platform's places, or where the user says."""

from pathlib import Path

import pytest

from carnice_tui.core import paths


@pytest.mark.parametrize(
    ("variable", "places"),
    [
        ("CARNICE_CONFIG_DIR", [paths.settings_file, paths.user_themes]),
        ("CARNICE_DATA_DIR", [paths.sessions_dir]),
        ("CARNICE_STATE_DIR", [paths.worker_log, paths.app_log]),
    ],
)
def test_each_folder_can_be_moved(variable: str, places, tmp_path: Path, monkeypatch):
    monkeypatch.setenv(variable, str(tmp_path / "moved"))
    for place in places:
        assert place().is_relative_to(tmp_path / "moved")


def test_a_tilde_is_home(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CARNICE_DATA_DIR", "~/chats")
    assert paths.sessions_dir() == tmp_path / "chats" / "sessions"


@pytest.mark.skipif("sys.platform != 'linux'", reason="the places of the XDG specification")
def test_without_a_word_of_the_user_the_platform_decides(monkeypatch, tmp_path: Path):
    for variable in ("CARNICE_CONFIG_DIR", "CARNICE_DATA_DIR", "CARNICE_STATE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    assert paths.settings_file() == tmp_path / "c" / "carnice-chat" / "settings.toml"
    assert paths.sessions_dir() == tmp_path / "d" / "carnice-chat" / "sessions"


@pytest.mark.parametrize("folder", ["themes", "sessions"])
def test_what_is_shipped_is_found(folder: str):
    assert paths.shipped(folder).is_dir()
