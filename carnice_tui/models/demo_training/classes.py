"""The classes of bugs: what an answer says about each, and how an answer's class is recognised."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Wording:
    """How one variant of a class is put into words; `{a}`, `{b}`, `{f}` stand for identifiers."""

    bugs: tuple[str, ...]
    fixes: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class BugClass:
    """A class of bugs."""

    name: str
    mark: re.Pattern[str]
    """What a BUG line of this class matches, and of no other class."""
    wordings: dict[str, Wording]


@cache
def bug_classes() -> dict[str, BugClass]:
    """Every class by name, as `classes.toml` has them."""
    text = Path(__file__).with_name("classes.toml").read_text(encoding="utf-8")
    classes: dict[str, BugClass] = {}
    for name, table in tomllib.loads(text).items():
        mark = re.compile(table.pop("mark"), re.IGNORECASE)
        wordings = {
            variant: Wording(tuple(entry["bug"]), tuple(entry["fix"]), entry["why"])
            for variant, entry in table.items()
        }
        classes[name] = BugClass(name, mark, wordings)
    return classes


@cache
def class_numbers() -> dict[str, int]:
    """A number from 1 for each class, for the training's own classifier; 0 is no bug."""
    return {name: number for number, name in enumerate(sorted(bug_classes()), 1)}


def recognised(bug_line: str) -> list[str]:
    """The classes whose mark `bug_line` bears; one, when the line is as it should be."""
    # What stands in backticks is mostly the snippet's; the marks that need it keep their backticks.
    return [name for name, bug in bug_classes().items() if bug.mark.search(bug_line)]
