"""SARIF 2.1.0 (OASIS), which code hosts and editors show beside the code."""

from urllib.parse import quote

from carnice_tui.core.json_line import json_line
from carnice_tui.review.finding import Failure, Finding, Summary
from carnice_tui.review.formats.base import Quiet, Run, Write, column_of

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULE = "bug"
FINGERPRINT = "carnice/v1"

Fields = dict[str, object]
"""An object of the format; its keys are those of the specification."""


class Sarif(Quiet):
    """One log with one run, written at the end."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._run = Run(0, "", "")
        self._results: list[Fields] = []
        self._failures: list[Fields] = []

    def begin(self, run: Run) -> None:
        """See `Reporter.begin`."""
        self._run = run

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        self._results.append(_result(finding))

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`."""
        self._failures.append(
            {
                "level": "error",
                "message": {"text": f"{failure.path}: {failure.reason}"},
                "locations": [{"physicalLocation": {"artifactLocation": _artifact(failure.path)}}],
            }
        )

    def end(self, summary: Summary) -> None:
        """See `Reporter.end`."""
        invocation: Fields = {
            "executionSuccessful": not summary.failures and not summary.interrupted,
            "toolExecutionNotifications": self._failures,
        }
        if summary.interrupted:
            invocation["exitCodeDescription"] = "stopped by the user"
        run: Fields = {
            "tool": {"driver": self._driver()},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": self._results,
        }
        self._write(json_line({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).decode())

    def _driver(self) -> Fields:
        return {
            "name": "carnice-chat",
            "version": self._run.version,
            "properties": {"model": self._run.model},
            "rules": [
                {
                    "id": RULE,
                    "name": "PossibleBug",
                    "shortDescription": {"text": "A possible bug, found by a language model"},
                    "fullDescription": {
                        "text": "A language model on this machine read the code and described "
                        "what it takes for a bug. Check it before you act on it."
                    },
                    "defaultConfiguration": {"level": "warning"},
                }
            ],
        }


def _result(finding: Finding) -> Fields:
    region: Fields = {"startLine": finding.first_line, "endLine": finding.last_line}
    if finding.code.strip():
        region["startColumn"] = column_of(finding)
        region["endColumn"] = len(finding.code) + 1
        region["snippet"] = {"text": finding.code}
    location: Fields = {
        "physicalLocation": {"artifactLocation": _artifact(finding.path), "region": region}
    }
    if finding.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.symbol}]
    properties: Fields = {"fix": finding.fix, "located": finding.located}
    result: Fields = {
        "ruleId": RULE,
        "ruleIndex": 0,
        "level": finding.level,
        "message": {"text": f"{finding.bug}\nFix: {finding.fix}"},
        "locations": [location],
        "properties": properties,
    }
    if finding.fingerprint:
        result["partialFingerprints"] = {FINGERPRINT: finding.fingerprint}
    if finding.confidence is not None:
        result["rank"] = round(finding.confidence * 100, 1)
        properties["confidence"] = finding.confidence
    if finding.samples > 1:
        properties["votes"] = f"{finding.votes}/{finding.samples}"
    return result


def _artifact(path: str) -> Fields:
    prefix = "file://" if path.startswith("/") else ""
    return {"uri": prefix + quote(path.removeprefix("./"), safe="/")}
