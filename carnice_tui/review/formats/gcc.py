"""`path:line:column: level: message`, which Vim, Emacs, VS Code and many more read."""

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.review.finding import Finding
from carnice_tui.review.formats.base import Quiet, Write, column_of
from carnice_tui.review.formats.text import neutral


class Gcc(Quiet):
    """One line a finding, as compilers write them."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        where = f"{sanitize_line(finding.path)}:{finding.first_line}:{column_of(finding)}"
        message = f"{sanitize_line(finding.bug)} (fix: {sanitize_line(finding.fix)})"
        self._write(neutral(f"{where}: {finding.level}: {message}") + "\n")
