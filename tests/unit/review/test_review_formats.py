"""Every format: valid for its readers, and safe whatever the model wrote."""

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest

from carnice_tui.core.sanitize import is_safe
from carnice_tui.review.finding import Failure, Finding, Skipped, Summary
from carnice_tui.review.formats.base import Run
from carnice_tui.review.formats.choose import FORMATS, Format, Look, reporter
from carnice_tui.review.formats.sorted import SortedByConfidence

SCHEMA = Path(__file__).parents[2] / "data/sarif/sarif-2.1.0-rtm.5.json"

PLAIN = Finding(
    path="src/a b.py",
    first_line=3,
    last_line=3,
    bug="off by one",
    fix="start at zero",
    located="quoted",
    confidence=0.83,
    code="    for i in range(1, n):",
    symbol="total",
    language="python",
    fingerprint="ab" * 16,
)
NASTY = Finding(
    path="x\x1b[2J::error file=a::.py",
    first_line=1,
    last_line=9,
    bug="::error::hi %0A\x1b]52;c;aGk=\x07 ##[set-env] <script>@you `x` ]]>\x00",
    fix="\u202eevil\r\n::stop-commands::x",
    explanation="because\n::add-mask::x\n##[group]",
    patch="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-::debug::a\n+b\n",
)


def told(
    form: Format, *findings: Finding, look: Look = "piped", sources: int = 2, interrupted=False
) -> str:
    out: list[str] = []
    report = reporter(form, out.append, look)
    report.begin(Run(sources, "demo", "1.2"))
    for finding in findings:
        report.finding(finding)
        report.reviewed(finding.path)
    report.failure(Failure("gone.py", "no such file, or: 100 %"))
    report.skipped(Skipped("big.js", "minified"))
    report.end(Summary(sources=sources, findings=len(findings), interrupted=interrupted))
    return "".join(out)


def test_a_pipe_gets_exactly_the_two_lines_of_the_contract():
    assert told("text", PLAIN, sources=1) == "BUG: off by one\nFIX: start at zero\n"


def test_with_more_sources_each_finding_says_where_it_is():
    assert told("text", PLAIN) == "src/a b.py:3\nBUG: off by one\nFIX: start at zero\n"


def test_a_terminal_gets_the_code_line_and_colours():
    text = told("text", PLAIN, look="coloured")
    assert "     3 │ \x1b[0m    for i in range(1, n):\n" in text
    assert "\x1b[1;31mBUG:\x1b[0m off by one\n" in text
    assert "83% sure" in text
    assert "\x1b" not in told("text", PLAIN, look="plain")


def test_compilers_lines():
    assert told("gcc", PLAIN) == "src/a b.py:3:5: error: off by one (fix: start at zero)\n"


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_the_model_wrote_commands_a_terminal_or_a_build_server(form: Format):
    text = told(form, NASTY, PLAIN)
    assert is_safe(text)
    ours = "::warning file=", "::error file=", "::notice file="
    for line in text.splitlines():
        assert not line.lstrip().startswith("::") or (form == "github" and line.startswith(ours))
        assert "##[" not in line or form in ("json", "jsonl", "sarif", "junit")


def test_junit_is_xml_whatever_was_found_and_its_lines_are_no_commands():
    odd = "".join(chr(code) for code in (0, 0xB, 0xFFFE, 0xFFFF, 0xD800, 0x1FFFF))
    finding = msgspec.structs.replace(PLAIN, bug=odd, fix=odd, code=f"::add-mask::{odd}")
    text = told("junit", finding)
    failure = ElementTree.fromstring(text).find(".//failure")
    assert failure is not None
    assert "FIX: ␀␋\ufffd\ufffd" in (failure.text or "")
    assert not any(line.startswith("::") for line in text.splitlines())


def test_a_terminal_gets_no_escape_of_the_models():
    assert is_safe(told("text", NASTY, look="plain"))


def test_json_is_one_object_and_json_lines_are_many():
    whole = json.loads(told("json", PLAIN, NASTY))
    assert [finding["bug"] for finding in whole["findings"]] == [PLAIN.bug, NASTY.bug]
    assert whole["failures"] == [{"path": "gone.py", "reason": "no such file, or: 100 %"}]
    lines = [json.loads(line) for line in told("jsonl", PLAIN, NASTY).splitlines()]
    assert [line["type"] for line in lines] == [
        "finding",
        "finding",
        "failure",
        "skipped",
        "summary",
    ]
    assert lines[0]["level"] == "error"


def test_what_was_found_before_an_interrupt_is_a_whole_report_too():
    assert json.loads(told("json", PLAIN, interrupted=True))["summary"]["interrupted"]
    run = json.loads(told("sarif", PLAIN, interrupted=True))["runs"][0]
    assert len(run["results"]) == 1
    assert not run["invocations"][0]["executionSuccessful"]


@pytest.mark.parametrize("findings", [(), (PLAIN,), (PLAIN, NASTY)])
def test_sarif_keeps_its_schema(findings: tuple[Finding, ...]):
    log = json.loads(told("sarif", *findings))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(log)


def test_sarif_names_files_by_uri_and_findings_by_fingerprint():
    result = json.loads(told("sarif", PLAIN))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/a%20b.py"
    assert place["region"]["startColumn"] == 5
    assert result["partialFingerprints"] == {"carnice/v1": "ab" * 16}
    assert result["rank"] == 83.0


def test_annotations_are_escaped_as_github_reads_them():
    first, *_, failure = told("github", PLAIN, NASTY).splitlines()
    assert first == (
        "::error file=src/a b.py,line=3,endLine=3,title=Possible bug::"
        "off by one%0AFix: start at zero"
    )
    assert failure == "::error file=gone.py,title=Not reviewed::no such file, or: 100 %25"
    assert len(told("github", NASTY).splitlines()) == 2


def test_junit_counts_each_source_as_a_case():
    suite = ElementTree.fromstring(told("junit", PLAIN, NASTY))[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "1")
    assert suite.get("skipped") == "1"
    assert "off by one" in (suite[0][0].get("message") or "")


def test_markdown_shows_markup_as_it_was_written():
    text = told("markdown", NASTY)
    assert "&lt;script&gt;&#64;you \\`x\\`" in text


def test_the_surest_come_first_when_sorted():
    out: list[str] = []
    report = SortedByConfidence(reporter("gcc", out.append))
    report.finding(Finding("a.py", 1, 1, "unknown", "x"))
    report.finding(Finding("b.py", 1, 1, "unsure", "x", confidence=0.2))
    report.finding(Finding("c.py", 1, 1, "sure", "x", confidence=0.9))
    assert out == []
    report.end(Summary())
    assert [line[0] for line in out] == ["c", "b", "a"]
