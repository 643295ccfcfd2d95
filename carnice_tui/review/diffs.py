"""Reads a unified diff: its hunks as passages, anchored to the lines of the new version."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchedFile, PatchSet

from carnice_tui.review.errors import ReviewError
from carnice_tui.review.language import language_by_name
from carnice_tui.review.passage import Line, Marker, Passage

_COLOUR = re.compile(r"\x1b\[[\d;]*[mK]")
"""What git paints a diff with, also in a pipe where `color.ui` is `always`."""
_ESCAPED = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_ESCAPES = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))

_MARKERS: dict[str, Marker] = {"+": "+", "-": "-", " ": " ", "": " "}


@dataclass(frozen=True)
class ChangedFile:
    """One file of a diff; `skip_reason` says why its changes are not reviewed, if so."""

    path: str
    passages: tuple[Passage, ...]
    skip_reason: str = ""


def changed_files(text: str, name: Callable[[str], str] = lambda path: path) -> list[ChangedFile]:
    """The files of the diff `text`, in its order; `name` makes a path as it is to be shown.

    Raises:
        ReviewError: it is no diff that can be read.
    """
    try:
        patches = PatchSet(text)
    except (UnidiffParseError, ValueError) as error:
        raise ReviewError(
            f"The diff cannot be read ({str(error).strip() or type(error).__name__}): give a "
            "unified diff, such as git diff prints."
        ) from None
    if text.strip() and not patches:
        raise ReviewError(
            "There is no change in the diff: give a unified diff, such as git diff prints."
        )
    return [_changed_file(patch, name) for patch in patches]


def without_colours(text: str) -> str:
    """The diff `text` as it was before git painted it."""
    return _COLOUR.sub("", text)


def _changed_file(patch: PatchedFile, name: Callable[[str], str]) -> ChangedFile:
    plain = _unquoted(patch.path.removesuffix("\r"))
    path = name(plain)
    language = language_by_name(plain)
    reason = ""
    if patch.is_removed_file:
        reason = "removed"
    elif patch.is_binary_file:
        reason = "binary"
    elif not language:
        reason = "not code by its name"
    elif not patch.added and not patch.removed:
        reason = "no changed lines"
    if reason:
        return ChangedFile(path, (), reason)
    return ChangedFile(path, tuple(_passage(path, language, hunk) for hunk in patch))


def _unquoted(path: str) -> str:
    """A file's name as it is: git writes one that is not plain ASCII as a string of C."""
    if len(path) < 2 or not (path[0] == path[-1] == '"'):
        return path
    name = _ESCAPED.sub(_meant, path[1:-1].encode("utf-8", "surrogatepass"))
    return name.decode("utf-8", "replace")


def _meant(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([_ESCAPES[code[0]] if len(code) == 1 else int(code, 8) & 0xFF])


def _passage(path: str, language: str, hunk: Hunk) -> Passage:
    lines = tuple(
        Line(line.target_line_no or 0, line.value.removesuffix("\n").removesuffix("\r"), marker)
        for line in hunk
        if (marker := _MARKERS.get(line.line_type)) is not None
    )
    return Passage(
        path,
        language,
        lines,
        old_first=hunk.source_start,
        heading=(hunk.section_header or "").strip(),
    )
