"""Annotations of GitHub Actions: workflow commands on standard output.

Escapes as `@actions/core` does: `%`, CR and LF in a message; `:` and `,` too in a property.
"""

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.review.finding import Failure, Finding
from carnice_tui.review.formats.base import Quiet, Write

_COMMANDS = {"note": "notice", "warning": "warning", "error": "error"}


class GitHub(Quiet):
    """One annotation a finding, and one for each failure."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        where = (
            f"file={_property(finding.path)},line={finding.first_line},endLine={finding.last_line}"
        )
        message = _message(f"{finding.bug}\nFix: {finding.fix}")
        self._write(f"::{_COMMANDS[finding.level]} {where},title=Possible bug::{message}\n")

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        where = f"file={_property(failure.path)},title=Not reviewed"
        self._write(f"::error {where}::{_message(failure.reason)}\n")


def _message(text: str) -> str:
    shown = "\n".join(sanitize_line(line) for line in text.split("\n"))
    # The older form of a command is obeyed anywhere in a line.
    shown = shown.replace("##[", "## [")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(sanitize_line(text)).replace(":", "%3A").replace(",", "%2C")
