"""For people: coloured with the code line on a terminal; in a pipe the contract's two lines."""

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.review.finding import Finding, Summary
from carnice_tui.review.formats.base import Quiet, Run, Write, lines_of

_BOLD, _DIM, _RED, _GREEN, _CYAN, _PLAIN = (
    f"\x1b[{code}m" for code in ("1", "2", "1;31", "1;32", "36", "0")
)


class PipedText(Quiet):
    """Exactly `BUG: …` and `FIX: …` a finding, after `path:line` if there are more sources."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._many = False

    def begin(self, run: Run) -> None:
        """See `Reporter.begin`."""
        self._many = run.sources > 1

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        lines = [f"{sanitize_line(finding.path)}:{lines_of(finding)}"] if self._many else []
        lines += [f"BUG: {sanitize_line(finding.bug)}", f"FIX: {sanitize_line(finding.fix)}"]
        lines += sanitize(finding.explanation).splitlines()
        lines += sanitize(finding.patch).splitlines()
        self._write("".join(f"{neutral(line)}\n" for line in lines))


class TerminalText(Quiet):
    """Where, the code line, and the two lines with their labels in colour."""

    def __init__(self, write: Write, *, colour: bool) -> None:
        self._write = write
        self._colour = colour

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        where = f"{sanitize_line(finding.path)}:{lines_of(finding)}"
        parts = [f"{self._in(_BOLD, where)}{self._in(_DIM, _aside(finding))}\n"]
        if finding.code.strip():
            number = f"{finding.first_line:>6} │ "
            parts.append(f"{self._in(_DIM, number)}{sanitize(finding.code).expandtabs(4)}\n")
        parts.append(f"{self._in(_RED, 'BUG:')} {sanitize_line(finding.bug)}\n")
        parts.append(f"{self._in(_GREEN, 'FIX:')} {sanitize_line(finding.fix)}\n")
        if finding.explanation:
            parts += [f"     {line}\n" for line in sanitize(finding.explanation).splitlines()]
        if finding.patch:
            parts += [self._patch_line(line) for line in sanitize(finding.patch).splitlines()]
        self._write("".join(parts) + "\n")

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        if not summary.findings and not summary.failures and not summary.interrupted:
            self._write(self._in(_GREEN, "No bugs found.") + "\n")

    def _patch_line(self, line: str) -> str:
        code = {"+": _GREEN, "-": _RED, "@": _CYAN}.get(line[:1], "")
        return (self._in(code, line) if code else line) + "\n"

    def _in(self, code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if self._colour and text else text


def neutral(line: str) -> str:
    """A line of the model's that no build server takes for a command of its own.

    GitHub's runner obeys `::` at the start of a line of output, and `##[` anywhere in one.
    """
    line = line.replace("##[", "## [")
    return f"│ {line}" if line.lstrip().startswith("::") else line


def _aside(finding: Finding) -> str:
    said: list[str] = []
    if not finding.is_located:
        said.append("somewhere in these lines")
    if finding.confidence is not None:
        said.append(f"{finding.confidence:.0%} sure")
    if finding.samples > 1:
        said.append(f"{finding.votes} of {finding.samples} answers")
    return f"  {', '.join(said)}" if said else ""
