"""What a right answer is: the two-line form, the class, the identifiers, the tool call."""

import re
from dataclasses import dataclass

from carnice_tui.models.demo_training.classes import recognised

_FORM = re.compile(r"BUG: \S[^\n]*\nFIX: \S[^\n]*")


@dataclass(frozen=True)
class Judged:
    """What is right about one bug-finding answer."""

    well_formed: bool
    right_class: bool
    right_name: bool
    ok: bool


def bug_line(answer: str) -> str:
    """The BUG line's text, or nothing."""
    first = answer.split("\n", 1)[0]
    return first.removeprefix("BUG: ") if first.startswith("BUG: ") else ""


def _mentions(line: str, names: tuple[str, ...]) -> bool:
    quoted = re.findall(r"`([^`]+)`", line)
    return any(name == part or name in re.split(r"\W+", part) for name in names for part in quoted)


def _without(line: str, names: tuple[str, ...]) -> str:
    for name in names:
        line = line.replace(f"`{name}`", "``")
    return line


def judge(answer: str, classes: tuple[str, ...], names: tuple[str, ...]) -> Judged:
    """Judge `answer`, given the classes that are right and the names of which one must be there."""
    line = bug_line(answer)
    # A name may hold the mark of another class: an array called `statuses`.
    found = recognised(_without(line, names))
    return Judged(
        well_formed=_FORM.fullmatch(answer) is not None,
        right_class=len(found) == 1 and found[0] in classes,
        right_name=_mentions(line, names),
        ok=answer == "OK",
    )
