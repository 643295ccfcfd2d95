"""Hermes' own configuration: what it needs to find the server, merged into what is there."""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from carnice_tui.serve.errors import ServeError
from carnice_tui.serve.key import VARIABLE

PROVIDER = "carnice-chat"
MODEL = "carnice"
"""`carnice-chat serve` takes every model id for its own, so this one never has to change."""

MISLEADING = ("base_url", "api_key", "api_mode", "context_length")
"""Keys of Hermes' `model` section that were meant for another server."""


@dataclass(frozen=True)
class Pairing:
    """What Hermes is to be told. `url` ends in /v1; `thinking` is sent with every request;
    `model` is what it calls the model."""

    url: str
    thinking: bool = False
    model: str = MODEL


def hermes_home() -> Path:
    """Hermes' folder: HERMES_HOME, else ~/.hermes."""
    return Path(os.environ.get("HERMES_HOME") or Path.home() / ".hermes").expanduser()


def config_file() -> Path:
    """Hermes' configuration."""
    return hermes_home() / "config.yaml"


def env_file() -> Path:
    """Where Hermes reads keys from."""
    return hermes_home() / ".env"


def merged(text: str, pairing: Pairing) -> str:
    """The configuration `text` with the server in it; comments, order and all else stay.

    Raises:
        ServeError: it is no YAML mapping.
    """
    yaml = _yaml()
    try:
        loaded: object = yaml.load(text)
    except YAMLError as error:
        where = str(getattr(error, "problem_mark", "")).strip()
        raise ServeError(f"Hermes' configuration is no valid YAML ({where}): mend it first.") from (
            error
        )
    if loaded is None:
        loaded = CommentedMap()
    if not isinstance(loaded, CommentedMap):
        raise ServeError("Hermes' configuration is no YAML mapping: mend it first.")
    model = _section(loaded, "model")
    model["provider"] = PROVIDER
    model["default"] = pairing.model
    provider = _section(_section(loaded, "providers"), PROVIDER)
    provider["base_url"] = pairing.url
    provider["key_env"] = VARIABLE
    extra = _section(provider, "extra_body")
    _section(extra, "chat_template_kwargs")["enable_thinking"] = pairing.thinking
    written = StringIO()
    yaml.dump(loaded, written)
    # A section that was empty with nothing but comments loses them in ruamel: keep the text.
    return f"{text.rstrip()}\n{written.getvalue()}" if _only_comments(text) else written.getvalue()


def misleading(text: str) -> list[str]:
    """Keys of the `model` section that point Hermes elsewhere, whatever its provider says."""
    loaded = read_config(text)
    model = loaded.get("model")
    return [key for key in MISLEADING if isinstance(model, dict) and key in model]


def read_config(text: str) -> dict[str, Any]:
    """The configuration as plain values; empty where it is none."""
    reader: Any = YAML(typ="safe", pure=True)
    try:
        loaded: object = reader.load(text)
    except YAMLError:
        return {}
    return cast("dict[str, Any]", loaded) if isinstance(loaded, dict) else {}


def with_key(text: str, key: str) -> str:
    """The environment file `text` with the server's key; every other line stays."""
    line = f"{VARIABLE}={key}"
    pattern = re.compile(rf"^(?:export\s+)?{VARIABLE}=.*$", re.M)
    if pattern.search(text):
        return pattern.sub(lambda _: line, text, count=1)
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def key_in(text: str) -> str:
    """The server's key as the environment file `text` gives it; "" where it does not."""
    found = re.search(rf"^(?:export\s+)?{VARIABLE}=(.*)$", text, re.M)
    return found[1].strip().strip("\"'") if found else ""


def read_text(path: Path) -> str:
    """What is in `path`; "" where there is nothing.

    Raises:
        ServeError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ServeError(f"{path} could not be read: {error}.") from error


def replace_text(path: Path, text: str) -> None:
    """Write `path` whole or not at all; readable to its owner alone, as it may hold keys.

    Raises:
        ServeError: it cannot be written.
    """
    target = path.resolve()  # a link stays one
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except OSError as error:
        raise ServeError(f"{path} could not be written: {error.strerror}.") from error


def _section(parent: CommentedMap, key: str) -> CommentedMap:
    """The mapping at `key`, made where there is none (or a plain value, as `model` may be)."""
    found = cast("Mapping[str, object]", parent).get(key)
    if isinstance(found, CommentedMap):
        return found
    made = CommentedMap()
    parent[key] = made
    return made


def _only_comments(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines()]
    return any(lines) and all(not line or line.startswith("#") for line in lines)


def _yaml() -> Any:
    """What reads and writes YAML with its comments and order; ruamel gives no types for it."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000  # do not fold what was one line
    return yaml
