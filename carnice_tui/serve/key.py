"""The key that clients show: made once, kept where only its owner can read it."""

import os
import secrets
from pathlib import Path

from carnice_tui.core import paths
from carnice_tui.serve.errors import ServeError

VARIABLE = "CARNICE_API_KEY"
"""Where a key of your own comes from; it is used and not stored."""

KEY_BYTES = 32


def key_file() -> Path:
    """Where the random key is kept from run to run, so that clients need it once."""
    return paths.config_dir() / "serve.key"


def serve_key() -> str:
    """The key of this machine's server: yours from the environment, else a random one.

    Raises:
        ServeError: it cannot be kept.
    """
    return os.environ.get(VARIABLE, "").strip() or _kept_key(key_file())


def key_place() -> str:
    """Where the key that is asked for can be looked up."""
    return f"${VARIABLE}" if os.environ.get(VARIABLE, "").strip() else str(key_file())


def known_key() -> str:
    """The key that a server here would ask for; "" where none was made yet."""
    try:
        kept = key_file().read_text(encoding="utf-8").strip()
    except OSError:
        kept = ""
    return os.environ.get(VARIABLE, "").strip() or kept


def _kept_key(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            path.chmod(0o600)
            if kept := path.read_text(encoding="utf-8").strip():
                return kept
            path.unlink()
            return _kept_key(path)
        key = secrets.token_urlsafe(KEY_BYTES)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(key + "\n")
    except OSError as error:
        raise ServeError(
            f"The server's key could not be kept in {path}: {error.strerror}. Set {VARIABLE} "
            "to a key of your own."
        ) from error
    return key
