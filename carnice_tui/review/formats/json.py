"""For programs: one JSON object for the whole run, or one JSON line for each thing found."""

import msgspec

from carnice_tui.core.json_line import json_line
from carnice_tui.review.finding import Failure, Finding, Skipped, Summary
from carnice_tui.review.formats.base import Quiet, Run, Write

SCHEMA = 1
"""Grows when a field changes its meaning; new fields may come at any time."""


class Report(msgspec.Struct):
    """`--format json`."""

    schema: int = SCHEMA
    version: str = ""
    model: str = ""
    findings: list[dict[str, object]] = []
    failures: list[Failure] = []
    skipped: list[Skipped] = []
    summary: Summary = Summary()


class Json(Quiet):
    """One object at the end, whole even when the run was stopped."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._report = Report()

    def begin(self, run: Run) -> None:
        """See `Reporter.begin`."""
        self._report.model, self._report.version = run.model, run.version

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        self._report.findings.append(_plain(finding))

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        self._report.failures.append(failure)

    def skipped(self, skipped: Skipped) -> None:
        """See `Reporter.skipped`."""
        self._report.skipped.append(skipped)

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        self._report.summary = summary
        self._write(json_line(self._report).decode())


class JsonLines(Quiet):
    """Each finding, failure and skipped file at once, then the summary; `type` tells which."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        self._line("finding", _plain(finding))

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        self._line("failure", msgspec.structs.asdict(failure))

    def skipped(self, skipped: Skipped) -> None:
        """See `Reporter.skipped`."""
        self._line("skipped", msgspec.structs.asdict(skipped))

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        self._line("summary", msgspec.structs.asdict(summary))

    def _line(self, kind: str, fields: dict[str, object]) -> None:
        self._write(json_line({"type": kind, **fields}).decode())


def _plain(finding: Finding) -> dict[str, object]:
    return {**msgspec.structs.asdict(finding), "level": finding.level}
