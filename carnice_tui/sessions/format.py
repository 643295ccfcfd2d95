"""The session file: JSON lines, a header first, then one record a line.

Lines end in a newline and nothing else splits them (U+2028 stays inside a string). The file
only ever grows. Unknown fields are passed over, so that a newer app's file can be read.
"""

from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from carnice_tui import __version__
from carnice_tui.core.events import Record

SCHEMA = 1
"""Version of the file's shape; `migrate.py` lifts older ones."""

SUFFIX = ".jsonl"


class Header(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type", tag="session"):
    """The first line.

    `created` is ISO 8601 in UTC and is the moment at which `t` of the records is 0. `title`
    and `model` are what they were when the file began; later ones are events. `note` says
    where a session comes from if nobody sat at it (a transcription, an import).
    """

    schema: int
    id: str
    created: str
    title: str = ""
    model: str = ""
    cwd: str = ""
    app: str = ""
    note: str = ""
    forked_from: str = ""


_encoder = msgspec.json.Encoder(enc_hook=repr)
_records = msgspec.json.Decoder(Record)
_headers = msgspec.json.Decoder(Header)


def new_header(session: str, now: float, *, cwd: str = "", note: str = "") -> Header:
    """The header of a session that begins at `now` (seconds since 1970)."""
    created = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    return Header(
        schema=SCHEMA,
        id=session,
        created=created.replace("+00:00", "Z"),
        cwd=cwd,
        app=__version__,
        note=note,
    )


def encode_line(value: Header | Record) -> bytes:
    """One line, newline included. Never raises for what a conversation can hold."""
    try:
        return _encoder.encode(value) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_without_surrogates(msgspec.to_builtins(value))) + b"\n"


def decode_record(line: bytes) -> Record:
    """The record of one line.

    Raises:
        msgspec.DecodeError: it is none of ours; the message says why.
        RecursionError: it is nested deeper than any record.
        UnicodeDecodeError: it is not UTF-8.
    """
    return _records.decode(line)


def decode_header(line: bytes) -> Header:
    """The header of a file; raises as `decode_record` does."""
    return _headers.decode(line)


def _without_surrogates(value: Any) -> Any:
    """`value` with lone surrogates, which UTF-8 cannot carry, replaced by U+FFFD."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_surrogates(item) for item in cast("list[Any]", value)]
        case dict():
            items = cast("dict[Any, Any]", value).items()
            return {_without_surrogates(key): _without_surrogates(item) for key, item in items}
        case _:
            return value
