"""Known findings: what was there before is not told again.

A finding is known by its file, the definition around it and the text of its line, never by
the line's number, so code that moves does not make old findings new.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from carnice_tui.review.errors import ReviewError
from carnice_tui.review.finding import Finding
from carnice_tui.review.whole import write_whole

SCHEMA = 1


class Known(msgspec.Struct, frozen=True, order=True):
    """One finding of a baseline; all but the fingerprint is for people who read the file."""

    path: str
    fingerprint: str
    symbol: str = ""
    bug: str = ""


class _File(msgspec.Struct):
    schema: int = SCHEMA
    findings: list[Known] = []


def fingerprint(finding: Finding) -> str:
    """128 bits over path, symbol and line as hex; the BUG line stands in for an unknown line."""
    line = finding.code if finding.is_located else finding.bug
    parts = (
        Path(finding.path).as_posix(),
        finding.symbol,
        " ".join(line.split()) if finding.is_located else line.lower(),
    )
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()


def read_baseline(path: Path) -> list[Known]:
    """The findings that the file holds.

    Raises:
        ReviewError: it cannot be read, or is no baseline.
    """
    try:
        content = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ReviewError(
            f"The baseline {path} cannot be read ({error.strerror}): make one with "
            "--update-baseline."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReviewError(
            f"{path} is no baseline ({error}): make one with --update-baseline."
        ) from None
    if content.schema > SCHEMA:
        raise ReviewError(f"The baseline {path} is of a newer carnice-chat: update this one.")
    return content.findings


def write_baseline(path: Path, known: Iterable[Known]) -> None:
    """Write `known`, sorted, so that the file changes no more than the findings do.

    Raises:
        ReviewError: it cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(_File(SCHEMA, sorted(set(known)))), indent=2)
    try:
        write_whole(path, data + b"\n", 0o644)
    except OSError as error:
        raise ReviewError(f"The baseline {path} cannot be written: {error.strerror}.") from None


def known_of(finding: Finding) -> Known:
    """A finding as the baseline keeps it."""
    return Known(finding.path, finding.fingerprint, finding.symbol, finding.bug)
