"""Markdown for a comment or a report: nothing the model wrote is taken for markup."""

import re

from carnice_tui.core.messages import fenced
from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.review.finding import Failure, Finding, Summary
from carnice_tui.review.formats.base import Quiet, Run, Write, lines_of
from carnice_tui.review.formats.text import neutral

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")


class Markdown(Quiet):
    """A heading, then an item a finding with its code."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def begin(self, run: Run) -> None:  # noqa: ARG002 - as of any reporter
        """See `Reporter.begin`."""
        self._write("# Possible bugs\n")

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        sure = "" if finding.confidence is None else f" ({finding.confidence:.0%} sure)"
        parts = [
            f"\n## {escaped(finding.path)}:{lines_of(finding)}{sure}\n",
            f"\n**BUG:** {escaped(finding.bug)}\n\n**FIX:** {escaped(finding.fix)}\n",
        ]
        if finding.code.strip():
            parts.append(f"\n{_block(finding.code.strip(), finding.language)}\n")
        if finding.explanation:
            told = (escaped(line) for line in sanitize(finding.explanation).splitlines())
            parts.append("\n" + "\n".join(told) + "\n")
        if finding.patch:
            parts.append(f"\n{_block(finding.patch, 'diff')}\n")
        self._write("".join(parts))

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        self._write(f"\n**Not reviewed:** {escaped(failure.path)}: {escaped(failure.reason)}\n")

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        if not summary.findings and not summary.failures and not summary.interrupted:
            self._write("\nNo bugs found.\n")


def escaped(text: str) -> str:
    """Plain text as Markdown: no markup, no HTML, nobody mentioned."""
    shown = sanitize_line(text)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _MARKUP.sub(r"\\\1", shown)
    return neutral(shown.replace("@", "&#64;").replace("://", "&#58;//"))


def _block(code: str, language: str) -> str:
    lines = fenced(sanitize(code), language).splitlines()
    return "\n".join(neutral(line) for line in lines)
