"""Which of several answers to the same question is believed: the one that most agree with."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from carnice_tui.review.contract import Verdict

ALIKE = 0.5
"""Share of their words that two descriptions of one bug have in common, or more; of theirs
taken together. Chosen so that another word order or another article is the same bug."""

_WORD = re.compile(r"\w+")


class Ballot(NamedTuple):
    """One answer: its verdict (None: no bug) and how sure the model was."""

    verdict: Verdict | None
    confidence: float | None
    line: int = 0


class Elected(NamedTuple):
    """The answer that won, the place of its ballot, and with how many votes."""

    ballot: Ballot
    at: int
    votes: int


def same_bug(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts describe the same bug in about the same words."""
    a, b = _words(one.bug), _words(other.bug)
    if not a or not b:
        return one.bug == other.bug
    return len(a & b) / len(a | b) >= ALIKE


def elect(ballots: Sequence[Ballot]) -> Elected:
    """The verdict of the largest group, told by its surest ballot; of two equal, the first."""
    groups: list[list[int]] = []
    for at, ballot in enumerate(ballots):
        group = next((g for g in groups if _agree(ballots[g[0]], ballot)), None)
        if group is None:
            groups.append([at])
        else:
            group.append(at)
    group = max(groups, key=len)
    surest = max(group, key=lambda at: ballots[at].confidence or 0.0)
    return Elected(ballots[surest], surest, len(group))


def _agree(one: Ballot, other: Ballot) -> bool:
    if one.verdict is None or other.verdict is None:
        return one.verdict is other.verdict
    if one.line and one.line == other.line:
        return True
    return same_bug(one.verdict, other.verdict)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))
