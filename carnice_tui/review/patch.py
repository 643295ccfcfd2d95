"""A suggested patch: made from the corrected code, checked to apply, applied when asked."""

import ast
import difflib
import io
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from carnice_tui.review import git
from carnice_tui.review.errors import PatchRefused
from carnice_tui.review.passage import Passage
from carnice_tui.review.split import split_lines
from carnice_tui.review.whole import write_whole

_FENCED = re.compile(r"\A\s*(`{3,}|~{3,})[^\n`]*\n(.*?)\n?\1\s*\Z", re.S)
_SMALL_REWRITE = 12
"""Changed lines that are always few enough; beyond it no more than the passage has lines."""
_CONTEXT = 3


@dataclass(frozen=True)
class Patch:
    """A change of one file: its unified diff, and the whole text before and after."""

    path: str
    diff: str
    before: str
    after: str


def corrected_code(answer: str) -> str:
    """The code in an answer that is one closed fence, or that has no fence at all.

    Raises:
        PatchRefused: there is prose around it, or the fence was never closed.
    """
    if match := _FENCED.match(answer):
        return match[2]
    if "```" in answer or "~~~" in answer or not answer.strip():
        raise PatchRefused("the model did not write the code alone")
    return answer.strip("\n").rstrip()


def make_patch(passage: Passage, corrected: str, before: str) -> Patch:
    """The patch that puts `corrected` in the place of `passage` in the text `before`.

    Line ends and a missing newline at the end of the file stay as they are.

    Raises:
        PatchRefused: it would change nothing, or too much, or break the syntax, or the text
            is not the one that was shown.
    """
    old = _with_ends(before)
    first, last = passage.first_line, passage.last_line
    shown = [line.text for line in passage.new_lines]
    if split_lines("".join(old[first - 1 : last])) != shown:
        raise PatchRefused("the file has changed since it was read")
    end = "\r\n" if old and old[0].endswith("\r\n") else "\n"
    new = [line + end for line in split_lines(corrected)]
    if new and last == len(old) and not before.endswith("\n"):
        new[-1] = new[-1].removesuffix(end)
    lines = [*old[: first - 1], *new, *old[last:]]
    after = "".join(lines)
    diff = _unified(passage.path, old, lines)
    _check(passage, diff, before, after)
    return Patch(passage.path, diff, before, after)


def applied(diff: str, before: str) -> str:
    """The text `before` with `diff` applied exactly: no other place, no fuzz.

    Raises:
        PatchRefused: it does not apply.
    """
    old = _with_ends(before)
    new: list[str] = []
    at = 0
    try:
        (patched,) = PatchSet(io.StringIO(diff, newline="\n"))
    except (UnidiffParseError, ValueError):
        raise PatchRefused("the patch does not apply") from None
    for hunk in patched:
        start = hunk.source_start - (1 if hunk.source_length else 0)
        new += old[at:start]
        at = start
        for line in hunk:
            if line.line_type == "\\":
                continue
            if line.line_type in " -":
                if at >= len(old) or old[at].rstrip("\r\n") != line.value.rstrip("\r\n"):
                    raise PatchRefused("the patch does not apply")
                if line.line_type == " ":
                    new.append(old[at])
                at += 1
            else:
                new.append(line.value)
    return "".join([*new, *old[at:]])


def apply_patch(patch: Patch, undo_folder: Path, *, force: bool) -> Path:
    """Write the patched file; gives the patch that undoes it (for `git apply` or `patch -p1`).

    Raises:
        PatchRefused: git has no clean copy of the file and `force` is off, the file is another
            by now, or it cannot be written.
    """
    path = Path(patch.path).resolve()
    if not force and not git.is_clean(path):
        raise PatchRefused(
            "git has no clean copy of this file to go back to: commit it first, or use --force"
        )
    try:
        if _read(path) != patch.before:
            raise PatchRefused("the file has changed since it was read")
        undo_folder.mkdir(parents=True, exist_ok=True)
        undo = undo_folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{path.name}.patch"
        while undo.exists():
            undo = undo.with_name(f"_{undo.name}")
        reverse = _unified(patch.path, _with_ends(patch.after), _with_ends(patch.before))
        undo.write_text(reverse, "utf-8", newline="")
        _replace(path, patch.after)
    except OSError as error:
        raise PatchRefused(f"it cannot be written: {error.strerror}") from None
    return undo


def apply_diff(diff: str, path: Path, undo_folder: Path) -> Path:
    """Apply a patch that was suggested before to `path`; gives the patch that undoes it.

    Raises:
        PatchRefused: it no longer applies, git has no clean copy of the file, or it cannot be
            written.
    """
    before = read_exactly(path)
    patch = Patch(str(path), diff, before, applied(diff, before))
    return apply_patch(patch, undo_folder, force=False)


def read_exactly(path: Path) -> str:
    """The text of a file with its line ends as they are.

    Raises:
        PatchRefused: it cannot be read as UTF-8.
    """
    if not path.is_file():
        raise PatchRefused("there is no such file here")
    try:
        return _read(path)
    except (OSError, UnicodeDecodeError):
        raise PatchRefused("the file cannot be read as UTF-8 any more") from None


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _replace(path: Path, text: str) -> None:
    """Write a whole file or nothing, with the mode it had."""
    write_whole(path, text.encode("utf-8"), stat.S_IMODE(path.stat().st_mode))


def _check(passage: Passage, diff: str, before: str, after: str) -> None:
    if before == after or not diff:
        raise PatchRefused("the model changed nothing")
    changed = sum(1 for line in diff.splitlines()[2:] if line[:1] in "+-")
    if changed > max(_SMALL_REWRITE, len(passage.new_lines)):
        raise PatchRefused(f"it rewrites {changed} lines, more than a fix of one bug needs")
    if passage.language == "python" and _compiles(before) and not _compiles(after):
        raise PatchRefused("the code would no longer be valid Python")
    if applied(diff, before) != after:
        raise PatchRefused("the patch does not apply")


def _compiles(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _unified(path: str, old: list[str], new: list[str]) -> str:
    name = path.removeprefix("./").lstrip("/")
    parts: list[str] = []
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", n=_CONTEXT):
        parts.append(line)
        if not line.endswith("\n"):
            parts.append("\n\\ No newline at end of file\n")
    return "".join(parts)


def _with_ends(text: str) -> list[str]:
    lines = [part + "\n" for part in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]
