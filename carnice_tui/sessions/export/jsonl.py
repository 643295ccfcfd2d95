"""Our own format, in one piece: the attachments are in the records."""

from collections.abc import Iterator

import msgspec

from carnice_tui.sessions.export.openai import safe_json
from carnice_tui.sessions.format import SCHEMA
from carnice_tui.sessions.read import Session


def jsonl(session: Session) -> Iterator[str]:
    """Header and records, a line each, as `carnice-chat sessions import` takes them."""
    header = msgspec.structs.replace(session.header, schema=SCHEMA)
    for value in (header, *session.records):
        yield safe_json(value) + "\n"
