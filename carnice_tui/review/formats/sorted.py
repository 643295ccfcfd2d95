"""Puts findings in order before another format writes them."""

from carnice_tui.review.finding import Failure, Finding, Skipped, Summary
from carnice_tui.review.formats.base import Reporter, Run


class SortedByConfidence:
    """Holds findings back to the end and gives the surest first; unknown confidence comes last."""

    def __init__(self, inner: Reporter) -> None:
        self._inner = inner
        self._findings: list[Finding] = []

    def begin(self, run: Run) -> None:
        """See `Reporter.begin`."""
        self._inner.begin(run)

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        self._findings.append(finding)

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        self._inner.failure(failure)

    def skipped(self, skipped: Skipped) -> None:
        """See `Reporter.skipped`."""
        self._inner.skipped(skipped)

    def reviewed(self, path: str) -> None:
        """See `Reporter.reviewed`."""
        self._inner.reviewed(path)

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        for finding in sorted(self._findings, key=_doubt):
            self._inner.finding(finding)
        self._inner.end(summary)


def _doubt(finding: Finding) -> float:
    return 2.0 if finding.confidence is None else 1.0 - finding.confidence
