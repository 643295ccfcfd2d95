"""What a review tells, typed: for the formats, the baseline, the app and the benchmark."""

import msgspec

from carnice_tui.core.finding import LEVELS, LIKELY, SURE, Finding, Level, Located, reaches

__all__ = [
    "LEVELS",
    "LIKELY",
    "SURE",
    "Failure",
    "Finding",
    "Level",
    "Located",
    "Skipped",
    "Summary",
    "reaches",
]


class Failure(msgspec.Struct, frozen=True):
    """A source, or a piece of one, that could not be reviewed: the run is not clean."""

    path: str
    reason: str


class Skipped(msgspec.Struct, frozen=True):
    """A file in a folder that is left out on purpose."""

    path: str
    reason: str


class Summary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole run, in figures. `seconds` are of the review alone, without loading."""

    sources: int = 0
    pieces: int = 0
    findings: int = 0
    known: int = 0
    unsure: int = 0
    failures: int = 0
    skipped: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    prefilled_tokens: int = 0
    answer_tokens: int = 0
    interrupted: bool = False
