"""Attachments beside the session: each text once, in a file named by its content.

`ID.jsonl` has `ID.files/` beside it; a prefix cache of the engine may lie there as well.
"""

import contextlib
import os
import re
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import msgspec

from carnice_tui.core.events import Record, UserMessage
from carnice_tui.core.messages import Attachment
from carnice_tui.sessions.append import FILE_MODE, make_private_folder

MAX_SIZE = 64 * 1024 * 1024
"""Bytes; the reader takes no larger attachment."""

_DIGEST = re.compile(r"[0-9a-f]{32}")


def files_folder(session: Path) -> Path:
    """Where the files of the session in `session` lie."""
    return session.with_suffix(".files")


def digest_of(text: str) -> str:
    """BLAKE2b-128 of the text in UTF-8, in hex."""
    return blake2b(_bytes(text), digest_size=16).hexdigest()


def put_aside(record: Record, session: Path) -> Record:
    """`record` with the texts of its attachments in files; where that fails they stay in it."""
    event = record.event
    if not isinstance(event, UserMessage) or not any(a.text for a in event.attachments):
        return record
    kept = tuple(_put(attachment, files_folder(session)) for attachment in event.attachments)
    return msgspec.structs.replace(record, event=msgspec.structs.replace(event, attachments=kept))


def bring_back(record: Record, session: Path, note: Callable[[str], None]) -> Record:
    """`record` with the texts of its attachments; says what is missing or was changed."""
    event = record.event
    if not isinstance(event, UserMessage) or not event.attachments:
        return record
    whole = tuple(_get(attachment, files_folder(session), note) for attachment in event.attachments)
    return msgspec.structs.replace(record, event=msgspec.structs.replace(event, attachments=whole))


def _put(attachment: Attachment, folder: Path) -> Attachment:
    text = attachment.text
    if not text:
        return attachment
    digest = digest_of(text)
    path = folder / digest
    try:
        make_private_folder(folder)
        if not path.exists():
            _write_whole(path, _bytes(text))
    except OSError:
        return attachment
    return msgspec.structs.replace(attachment, text="", digest=digest)


def _get(attachment: Attachment, folder: Path, note: Callable[[str], None]) -> Attachment:
    digest = attachment.digest
    if attachment.text or not digest:
        return attachment
    name = attachment.name
    if not _DIGEST.fullmatch(digest):
        note(f"attachment {name} has no proper digest")
        return attachment
    try:
        with (folder / digest).open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError:
        note(f"attachment {name} is missing")
        return attachment
    if len(content) > MAX_SIZE or blake2b(content, digest_size=16).hexdigest() != digest:
        note(f"attachment {name} was changed after it was saved")
        return attachment
    text = content.decode("utf-8", "replace")
    return msgspec.structs.replace(attachment, text=text)


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file under its name only once it is whole and on the disk."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
