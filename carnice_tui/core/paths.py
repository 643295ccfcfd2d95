"""Where things lie on this machine, by the platform's own conventions."""

import os
from pathlib import Path

import platformdirs

APP = "carnice-chat"


def config_dir() -> Path:
    """Settings and the user's own themes. `CARNICE_CONFIG_DIR` overrides it."""
    return _folder("CARNICE_CONFIG_DIR", platformdirs.user_config_path(APP, appauthor=False))


def data_dir() -> Path:
    """Sessions and their attachments. `CARNICE_DATA_DIR` overrides it."""
    return _folder("CARNICE_DATA_DIR", platformdirs.user_data_path(APP, appauthor=False))


def state_dir() -> Path:
    """Logs, drafts and input history. `CARNICE_STATE_DIR` overrides it."""
    return _folder("CARNICE_STATE_DIR", platformdirs.user_state_path(APP, appauthor=False))


def cache_dir() -> Path:
    """What can be made again at any time. `CARNICE_CACHE_DIR` overrides it."""
    return _folder("CARNICE_CACHE_DIR", platformdirs.user_cache_path(APP, appauthor=False))


def settings_file() -> Path:
    """The settings the user may edit."""
    return config_dir() / "settings.toml"


def user_themes() -> Path:
    """The user's own themes, one TOML file each."""
    return config_dir() / "themes"


def sessions_dir() -> Path:
    """The session files."""
    return data_dir() / "sessions"


def worker_log() -> Path:
    """What the engine's process printed."""
    return state_dir() / "worker.log"


def app_log() -> Path:
    """Tracebacks of this app."""
    return state_dir() / "carnice-chat.log"


def shipped(folder: str) -> Path:
    """`themes` or `sessions` as shipped: inside the wheel, or in the source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / f"_{folder}"
    return installed if installed.is_dir() else package.parent / folder


def _folder(variable: str, default: Path) -> Path:
    override = os.environ.get(variable)
    return Path(override).expanduser() if override else default
