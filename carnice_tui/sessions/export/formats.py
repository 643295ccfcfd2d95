"""The formats a session can be exported to, by name."""

from collections.abc import Callable, Iterator

from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.asciicast import asciicast_v2, asciicast_v3
from carnice_tui.sessions.export.html import html
from carnice_tui.sessions.export.jsonl import jsonl
from carnice_tui.sessions.export.markdown import markdown
from carnice_tui.sessions.export.openai import openai
from carnice_tui.sessions.export.plain import plain_text
from carnice_tui.sessions.read import Session

Exporter = Callable[[Session], Iterator[str]]

FORMATS: dict[str, tuple[Exporter, str]] = {
    "markdown": (markdown, ".md"),
    "html": (html, ".html"),
    "json": (openai, ".json"),
    "text": (plain_text, ".txt"),
    "jsonl": (jsonl, ".jsonl"),
    "asciicast": (asciicast_v3, ".cast"),
    "asciicast-v2": (asciicast_v2, ".cast"),
}
"""Name, what writes it, and the suffix of its files."""


def format_of(name: str, suffix: str) -> str:
    """The format called `name`, or the one whose files end in `suffix`.

    Raises:
        SessionError: there is none.
    """
    if name in FORMATS:
        return name
    for known, (_, ending) in FORMATS.items():
        if not name and ending == suffix.lower():
            return known
    raise SessionError(
        f"Which format? The file's name does not say: --format {', '.join(FORMATS)}."
    )
