"""JUnit XML, which every build server shows: a source is a test case, a finding its failure."""

import re
from collections import defaultdict
from xml.etree import ElementTree

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.review.finding import Failure, Finding, Skipped, Summary
from carnice_tui.review.formats.base import Quiet, Write, lines_of
from carnice_tui.review.formats.text import neutral

_NO_XML = re.compile("[\ufffe\uffff]")
"""What XML 1.0 has no way to write, and is left when control characters are pictures."""


class JUnit(Quiet):
    """One suite, written at the end."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._findings: defaultdict[str, list[Finding]] = defaultdict(list)
        self._failures: defaultdict[str, list[Failure]] = defaultdict(list)
        self._skipped: dict[str, Skipped] = {}
        self._paths: dict[str, None] = {}

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        self._paths[finding.path] = None
        self._findings[finding.path].append(finding)

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        self._paths[failure.path] = None
        self._failures[failure.path].append(failure)

    def skipped(self, skipped: Skipped) -> None:
        """See `Reporter.skipped`."""
        self._paths[skipped.path] = None
        self._skipped[skipped.path] = skipped

    def reviewed(self, path: str) -> None:
        """See `Reporter.reviewed`."""
        self._paths[path] = None

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        suite = ElementTree.Element(
            "testsuite",
            name="carnice-chat review",
            tests=str(len(self._paths)),
            failures=str(sum(1 for path in self._paths if self._findings[path])),
            errors=str(sum(1 for path in self._paths if self._failures[path])),
            skipped=str(len(self._skipped)),
            time=f"{summary.seconds:.3f}",
        )
        for path in self._paths:
            self._case(suite, path)
        root = ElementTree.Element("testsuites")
        root.append(suite)
        ElementTree.indent(root)
        text = _NO_XML.sub("\ufffd", ElementTree.tostring(root, encoding="unicode"))
        self._write(f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n')

    def _case(self, suite: ElementTree.Element, path: str) -> None:
        name = sanitize_line(path)
        case = ElementTree.SubElement(suite, "testcase", classname="review", name=name)
        for finding in self._findings[path]:
            message = f"{name}:{lines_of(finding)}: {sanitize_line(finding.bug)}"
            failure = ElementTree.SubElement(case, "failure", message=message, type=finding.level)
            code = neutral(sanitize(finding.code))
            failure.text = f"{message}\nFIX: {sanitize_line(finding.fix)}\n{code}".rstrip()
        for failed in self._failures[path]:
            ElementTree.SubElement(case, "error", message=sanitize_line(failed.reason))
        if path in self._skipped:
            reason = sanitize_line(self._skipped[path].reason)
            ElementTree.SubElement(case, "skipped", message=reason)
