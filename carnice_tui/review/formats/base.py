"""What every output format does."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from carnice_tui.review.finding import Failure, Finding, Skipped, Summary

Write = Callable[[str], None]
"""Writes text to where the report goes, at once."""


class Run(NamedTuple):
    """What is known before the first finding: how many sources, and who answers."""

    sources: int
    model: str
    version: str


class Reporter(Protocol):
    """Takes what a review finds, in order. Texts come as the model wrote them: each format
    makes them safe in its own way."""

    def begin(self, run: Run) -> None:
        """The review begins."""
        ...

    def finding(self, finding: Finding) -> None:
        """A finding that counts."""
        ...

    def failure(self, failure: Failure) -> None:
        """A source, or a part of one, could not be reviewed."""
        ...

    def skipped(self, skipped: Skipped) -> None:
        """A file was left out on purpose."""
        ...

    def reviewed(self, path: str) -> None:
        """A source is done, with or without findings."""
        ...

    def end(self, summary: Summary) -> None:
        """Nothing more comes, because all is done or because the user stopped it."""
        ...


class Quiet:
    """Does nothing; formats take from it what they have nothing to say about."""

    def begin(self, run: Run) -> None:
        """See `Reporter.begin`."""

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""

    def skipped(self, skipped: Skipped) -> None:
        """See `Reporter.skipped`."""

    def reviewed(self, path: str) -> None:
        """See `Reporter.reviewed`."""

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""


def lines_of(finding: Finding) -> str:
    """The lines as people write them: "12", or "12-40"."""
    return finding.lines


def column_of(finding: Finding) -> int:
    """The column, from 1, of the first character of the located line; 1 where there is none."""
    return len(finding.code) - len(finding.code.lstrip()) + 1
