"""What people type to find a session, turned into what SQLite's full-text search takes.

Words and "phrases" must all be there, `-word` must not, `word*` is the beginning of one;
`title:`, `model:`, `mode:`, `after:` and `before:` narrow the choice.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions.errors import SessionError

_PART = re.compile(r'(-?)(?:(title|model|mode|after|before):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_AGO = re.compile(r"(\d{1,5})([hdwmy])")
_UNITS = {"h": 1 / 24, "d": 1, "w": 7, "m": 30.44, "y": 365.25}  # days
MAX_LENGTH = 1000
"""Characters of a query that are looked at."""


@dataclass
class Query:
    """A search. `match` is an FTS5 expression, "" where only filters were given."""

    match: str = ""
    models: list[str] = field(default_factory=list[str])
    modes: list[str] = field(default_factory=list[str])
    after: float | None = None
    before: float | None = None


def parse_query(text: str, now: datetime, *, partial: bool = False) -> Query:
    """Understand a search; with `partial` its last word is taken as still being typed.

    Raises:
        SessionError: a date that is none.
    """
    query = Query()
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, name, phrase, word in _PART.findall(text[:MAX_LENGTH]):
        value = phrase or word
        match name.lower():
            case "model":
                query.models.append(value)
            case "mode":
                query.modes.append(value)
            case "after":
                query.after = moment(value, now).timestamp()
            case "before":
                query.before = moment(value, now).timestamp()
            case field_name:
                if (term := _term(value)) and field_name:
                    term = f"title : {term}"
                if term:
                    (unwanted if minus else wanted).append(term)
    if partial and wanted and text[-1:].isalnum():
        wanted[-1] = wanted[-1].removesuffix("*") + "*"
    query.match = " AND ".join(wanted)
    if query.match and unwanted:
        query.match = f"({query.match}) NOT ({' OR '.join(unwanted)})"
    return query


def moment(text: str, now: datetime) -> datetime:
    """A date as people type it: 2026, 2026-11, 2026-11-21, today, yesterday, 7d, 3w.

    Raises:
        SessionError: it is none of these.
    """
    word = text.strip().lower()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if word in ("today", "yesterday"):
        return midnight - timedelta(days=word == "yesterday")
    try:
        if ago := _AGO.fullmatch(word):
            return now - timedelta(days=int(ago[1]) * _UNITS[ago[2]])
        parts = [int(part) for part in word.split("-")]
        year, month, day = [*parts, 1, 1][:3]
        if len(parts) <= 3:
            return datetime(year, month, day, tzinfo=now.tzinfo or UTC)
    except (ValueError, OverflowError):
        pass
    raise SessionError(
        f"{sanitize_line(text)!r} is no date: write 2026-11-21, 2026-11, today, yesterday or 7d."
    )


def _term(value: str) -> str:
    """One FTS5 string; punctuation inside it separates words, as in the texts themselves."""
    begins = value.endswith("*")
    words = value.strip("*").replace('"', " ").replace("\0", " ")
    if not any(char.isalnum() for char in words):
        return ""
    return f'"{words}"' + ("*" if begins else "")
