"""A bug that was found: one definition for the review, the session file and the screen."""

from typing import Literal

import msgspec

Level = Literal["note", "warning", "error"]
Located = Literal["quoted", "named", "asked", "piece"]
"""How the lines were found: a line quoted in the answer, the names in it, a follow-up
question, or not at all: then they are those of the whole piece."""

SURE = 0.7
LIKELY = 0.35
"""Confidence from which a finding is an error, and a warning; a choice of ours."""

LEVELS: tuple[Level, ...] = ("note", "warning", "error")


class Finding(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One bug: where, what, and what to do about it. Texts are as the model wrote them.

    `first_line` and `last_line` count from 1 in the new version of `path`. `confidence` is
    0 to 1, None where the engine gives no probabilities. `votes` of `samples` answers said
    so. `code` is the first line's text where it was located. `symbol` is the definition
    around it.
    """

    path: str
    first_line: int
    last_line: int
    bug: str
    fix: str
    located: Located = "piece"
    confidence: float | None = None
    votes: int = 1
    samples: int = 1
    code: str = ""
    symbol: str = ""
    language: str = ""
    fingerprint: str = ""
    explanation: str = ""
    patch: str = ""

    @property
    def level(self) -> Level:
        """How much it weighs: by its confidence; a warning where that is not known."""
        if self.confidence is None:
            return "warning"
        if self.confidence >= SURE:
            return "error"
        return "warning" if self.confidence >= LIKELY else "note"

    @property
    def is_located(self) -> bool:
        """Whether the lines are the finding's own and not the whole piece's."""
        return self.located != "piece"

    @property
    def lines(self) -> str:
        """The lines as people write them: "12", or "12-40"."""
        first, last = self.first_line, self.last_line
        return str(first) if first == last else f"{first}-{last}"


def reaches(level: Level, least: Level) -> bool:
    """Whether `level` is at least `least`."""
    return LEVELS.index(level) >= LEVELS.index(least)
