"""Finds the line that a finding is about: quoted in its words, named by them, or asked for."""

import re
from collections import Counter
from typing import NamedTuple

from carnice_tui.review.contract import Verdict
from carnice_tui.review.finding import Located
from carnice_tui.review.passage import Line, Passage
from carnice_tui.review.symbols import defined_name

_QUOTED = re.compile(r"`([^`]+)`|'([^']{2,})'|\"([^\"]{2,})\"")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")

_CODE = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[[^\s\]]+\]|\([^\s)]+\))+")
"""Code without quotes around it: a member, an index, a call."""

_SHORTEST_QUOTE = 4
"""Characters of a code quote that may place a finding by itself: `i` stands anywhere."""
_LEAST_NAMES = 2
"""Names of a line that must stand in the words before they place a finding."""

MOST_OPTIONS = 400
"""Lines offered as answers to the question which line it is."""


class Place(NamedTuple):
    """Where a finding is, and how that was found."""

    first: int
    last: int
    located: Located


def piece_place(passage: Passage) -> Place:
    """All that was shown; in a diff, what was changed."""
    return Place(*passage.changed_range(), "piece")


def place_by_quote(passage: Passage, verdict: Verdict) -> Place | None:
    """The one line that holds the code which the BUG line quotes; None where there is none."""
    return _quoted_line(_candidates(passage), verdict.bug)


def place_by_names(passage: Passage, verdict: Verdict) -> Place | None:
    """The one line in which the names of the BUG line meet; None where that is not clear.

    A definition's own line is never meant: its names stand for all that is in it.
    """
    lines = [line for line in _candidates(passage) if defined_name(line.text) is None]
    return _named_line(lines, verdict.bug)


def line_options(passage: Passage) -> tuple[str, ...]:
    """The lines that may be answered to "which line": each once, without its indentation.

    Lines that hold no name and no number are never the wrong ones.
    """
    texts = [line.text.strip() for line in _candidates(passage)]
    unique = list(dict.fromkeys(text for text in texts if re.search(r"\w", text)))
    return tuple(unique[:MOST_OPTIONS])


def place_of_answer(passage: Passage, answer: str) -> Place | None:
    """The line that was answered: exactly, or but for white space; None where there is none.

    Of several equal lines, the first that was added, else the first.
    """
    wanted = _bare(answer)
    if not wanted:
        return None
    found = [line for line in _candidates(passage) if _bare(line.text) == wanted]
    best = next((line for line in found if line.marker == "+"), found[0] if found else None)
    return Place(best.number, best.number, "asked") if best else None


def _candidates(passage: Passage) -> list[Line]:
    return [line for line in passage.new_lines if line.text.strip()]


def _bare(text: str) -> str:
    """A line without fences, quotes and the white space that does not count."""
    text = text.strip().strip("`").strip()
    return " ".join(text.split())


def _quoted_line(lines: list[Line], words: str) -> Place | None:
    quotes = ["".join(match) for match in _QUOTED.findall(words)] + _CODE.findall(words)
    for quote in sorted({_bare(q) for q in quotes}, key=len, reverse=True):
        if len(quote) < _SHORTEST_QUOTE or _NAME.fullmatch(quote):
            continue
        found = [line for line in lines if quote in _bare(line.text)]
        if len(found) == 1:
            return Place(found[0].number, found[0].number, "quoted")
    return None


def _named_line(lines: list[Line], words: str) -> Place | None:
    """The one line in which most of the rarer names of the words meet."""
    told = set(_NAME.findall(words))
    names = {line.number: told & set(_NAME.findall(line.text)) for line in lines}
    spread = Counter(name for found in names.values() for name in found)
    weights = {
        number: sum(1 / spread[name] for name in found)
        for number, found in names.items()
        if len(found) >= _LEAST_NAMES
    }
    ranked = sorted(weights, key=lambda number: weights[number], reverse=True)
    if not ranked:
        return None
    clear = len(ranked) == 1 or weights[ranked[0]] >= 1.5 * weights[ranked[1]]
    return Place(ranked[0], ranked[0], "named") if clear else None
