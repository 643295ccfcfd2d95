"""Finds out what kind of file it is, and reads the chats in it."""

from collections.abc import Callable
from pathlib import Path

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.imports.build import Chat
from carnice_tui.sessions.imports.hermes import is_hermes, read_hermes
from carnice_tui.sessions.imports.llm import is_llm, read_llm
from carnice_tui.sessions.imports.mlx_server import looks_like_server_log, read_server_log
from carnice_tui.sessions.imports.openai import read_openai
from carnice_tui.sessions.imports.sqlite import MAGIC, open_read_only, tables

MAX_SIZE = 1024 * 1024 * 1024
"""Bytes of a file of text that is read whole."""


def read_chats(path: Path, note: Callable[[str], None] = lambda _: None) -> list[Chat]:
    """The chats in a file of another program; `note` is told what of it is left out.

    Raises:
        SessionError: it cannot be read, or is of no kind that we know.
    """
    try:
        if path.exists() and not path.is_file():
            raise SessionError(f"{path} is no file: save what it holds in one, and import that.")
        with path.open("rb") as file:
            database = file.read(len(MAGIC)) == MAGIC
            if path.stat().st_size > MAX_SIZE and not database:
                raise SessionError(f"{path} is larger than {MAX_SIZE >> 20} MiB: split it.")
        chats = _from_database(path) if database else _from_text(path.read_bytes(), note)
    except OSError as error:
        raise SessionError(f"{path} can't be read: {error.strerror}.") from error
    if not chats:
        raise SessionError(
            f"No chats were found in {sanitize_line(str(path))}. What can be imported: "
            "OpenAI-style messages (JSON or JSON lines), a DEBUG log of mlx_lm.server, "
            "logs.db of llm, state.db of Hermes Agent, and our own session files."
        )
    return chats


def _from_text(data: bytes, note: Callable[[str], None]) -> list[Chat]:
    return read_server_log(data) if looks_like_server_log(data) else read_openai(data, note)


def _from_database(path: Path) -> list[Chat]:
    with open_read_only(path) as connection:
        found = tables(connection)
        if is_hermes(found):
            return list(read_hermes(connection))
        if is_llm(found):
            return list(read_llm(connection))
    return []
