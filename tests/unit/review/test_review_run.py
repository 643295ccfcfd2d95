"""A whole run: what is asked, what is told, and what makes it fail."""

from pathlib import Path

import pytest

from carnice_tui.core.events import EngineFailed, GuideScore
from carnice_tui.core.requests import TurnRequest
from carnice_tui.review import prompt
from carnice_tui.review.finder import BugFinder, FinderOptions
from carnice_tui.review.finding import Failure, Finding, Skipped, Summary
from carnice_tui.review.formats.base import Quiet
from carnice_tui.review.jobs import Job, file_jobs, text_jobs
from carnice_tui.review.run import Review, RunOptions
from tests.unit.review.scripted import Say, ScriptedEngine, asked

CODE = "def first(xs):\n    return xs[1]\n\n\ndef last(xs):\n    return xs[len(xs)]\n"
ONE = "BUG: first returns xs[1]\nFIX: return xs[0]"
TWO = "BUG: last reads past the end\nFIX: return xs[-1]"


class Report(Quiet):
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.failures: list[Failure] = []
        self.summary: Summary | None = None

    def finding(self, finding: Finding) -> None:
        self.findings.append(finding)

    def failure(self, failure: Failure) -> None:
        self.failures.append(failure)

    def end(self, summary: Summary) -> None:
        self.summary = summary


class Run:
    """A review of `CODE`, or of other jobs, by a scripted engine."""

    def __init__(self, say: Say, *, guides: bool = True, run: RunOptions | None = None, **options):
        self.engine = ScriptedEngine(say, guides=guides)
        self.report = Report()
        self.told: list[str] = []
        finder = BugFinder(self.engine, FinderOptions(**options))
        self.review = Review(finder, self.report, run, tell=self.told.append)

    async def over(self, jobs: list[Job | Skipped | Failure] | None = None) -> "Run":
        await self.review.run([*text_jobs(CODE, "a.py")] if jobs is None else jobs)
        return self

    @property
    def questions(self) -> list[str]:
        return [asked(request) for request in self.engine.requests]


def steps(*answers: str) -> Say:
    """The answers, one after the other."""
    left = list(answers)
    return lambda _: left.pop(0)


async def test_one_question_gives_one_placed_finding():
    run = await Run(steps(ONE)).over()
    (finding,) = run.report.findings
    assert (finding.path, finding.first_line, finding.located) == ("a.py", 2, "quoted")
    assert (finding.symbol, finding.code) == ("first", "    return xs[1]")
    assert run.review.exit_status == 1
    (request,) = run.engine.requests
    assert request.messages[0].content == prompt.SYSTEM
    assert request.messages[1].content == f"```python\n{CODE}```\nWhat's wrong?"
    assert request.sampling.temperature == 0
    assert request.thinking == "off"


async def test_what_the_words_do_not_place_is_asked_for():
    run = await Run(steps("BUG: an index is off by one\nFIX: use 0", "return xs[len(xs)]")).over()
    assert run.questions[1] == prompt.WHICH_LINE
    assert run.engine.requests[1].messages[2].role == "assistant"
    guide = run.engine.requests[1].guide
    assert guide is not None
    assert guide.options == (
        "def first(xs):",
        "return xs[1]",
        "def last(xs):",
        "return xs[len(xs)]",
    )
    (finding,) = run.report.findings
    assert (finding.first_line, finding.located) == (6, "asked")


async def test_a_clean_verdict_is_clean():
    run = await Run(steps("OK"), allow_ok=True).over()
    assert run.report.findings == []
    assert run.review.exit_status == 0
    assert run.engine.requests[0].messages[0].content == prompt.SYSTEM + prompt.CLEAN_VERDICT


async def test_all_bugs_are_asked_for_until_there_is_none():
    run = await Run(steps(ONE, TWO, "return xs[len(xs)]", "OK"), most=10).over()
    assert [f.first_line for f in run.report.findings] == [2, 6]
    assert run.questions[1] == run.questions[3] == prompt.ANOTHER
    another = run.engine.requests[3]
    assert [m.role for m in another.messages] == ["system", *["user", "assistant"] * 2, "user"]
    assert another.guide is not None
    assert another.guide.alternative == "OK"


@pytest.mark.parametrize("again", [ONE, "BUG: xs[1] is what first returns\nFIX: other words"])
async def test_the_same_bug_is_never_told_twice(again: str):
    run = await Run(steps(ONE, again), most=10).over()
    assert len(run.report.findings) == 1


async def test_samples_vote_and_their_share_weighs():
    answers = iter([(ONE, 0.5), ("OK", 0.9), (ONE, 0.8)])

    def say(_: TurnRequest):
        text, p = next(answers)
        return text, GuideScore("BUG:", p, (0.0, 0.0))

    run = await Run(say, allow_ok=True, samples=3).over()
    (finding,) = run.report.findings
    assert (finding.votes, finding.samples) == (2, 3)
    assert finding.confidence == pytest.approx(0.8 * 2 / 3, abs=1e-4)


async def test_unsure_and_known_findings_do_not_count():
    def say(_: TurnRequest):
        return ONE, GuideScore("BUG:", 0.5, (-1.0, 0.0))

    run = await Run(say, run=RunOptions(min_confidence=0.2)).over()
    assert run.report.summary is not None
    assert (run.report.summary.unsure, run.review.exit_status) == (1, 0)
    run = await Run(say).over()
    known = frozenset({run.report.findings[0].fingerprint})
    run = await Run(say, run=RunOptions(known=known)).over()
    assert run.report.findings == []
    assert run.review.exit_status == 0
    assert [one.fingerprint for one in run.review.seen] == list(known)


async def test_only_findings_of_the_asked_level_fail_the_run():
    def say(_: TurnRequest):
        return ONE, GuideScore("BUG:", 0.5, (0.0, 0.0))

    run = await Run(say, run=RunOptions(fail_on="error")).over()
    assert (len(run.report.findings), run.review.exit_status) == (1, 0)
    run = await Run(say, run=RunOptions(fail_on="warning")).over()
    assert run.review.exit_status == 1
    run = await Run(say, run=RunOptions(fail_on=None)).over()
    assert run.review.exit_status == 0


async def test_an_engine_without_a_guide_is_asked_once_more_for_the_form():
    run = await Run(steps("Well, I think …", ONE), guides=False).over()
    assert len(run.report.findings) == 1
    assert run.questions[1] == prompt.REPAIR
    assert all(request.guide is None for request in run.engine.requests)


async def test_an_answer_that_stays_broken_is_a_failure_and_never_clean():
    run = await Run(steps("hm", "OK, sure"), guides=False, allow_ok=True).over()
    (failure,) = run.report.failures
    assert "BUG:" in failure.reason
    assert run.review.exit_status == 2


async def test_a_cut_answer_is_a_failure():
    run = await Run(steps("length")).over()
    assert "--max-tokens" in run.report.failures[0].reason
    assert run.review.exit_status == 2


async def test_a_passage_that_is_too_long_is_asked_about_in_halves():
    long = "\n\n\n".join(f"def f{n}():\n    return {n} * 'some text'" for n in range(30))

    def say(request: TurnRequest):
        return "context-full" if len(asked(request)) > 600 else "OK"

    run = await Run(say, allow_ok=True).over([*text_jobs(long, "a.py")])
    shown = [q for q in run.questions if len(q) <= 600]
    assert "".join(shown).count("def f") == 30
    assert run.review.exit_status == 0
    assert run.report.summary is not None
    assert run.report.summary.pieces == len(shown)


async def test_a_line_that_never_fits_is_a_failure():
    def say(request: TurnRequest):
        return "context-full" if len(asked(request)) > 600 else "OK"

    run = await Run(say, allow_ok=True).over([*text_jobs("x = 1\n" + "y" * 900 + "\n", "a.py")])
    assert (
        run.report.failures[0].reason == "a line is longer than the model's window (4,096 tokens)"
    )
    assert run.review.exit_status == 2


async def test_an_engine_that_keeps_failing_is_not_asked_for_ever():
    run = Run(lambda _: EngineFailed("It died."))
    await run.over([job for _ in range(9) for job in text_jobs(CODE, "a.py")])
    assert len(run.engine.requests) == 3
    assert run.review.exit_status == 2
    assert "keeps failing" in run.told[-1]


async def test_one_failure_does_not_stop_the_others():
    left = iter([EngineFailed("It died."), ONE])
    run = Run(lambda _: next(left))
    await run.over([*text_jobs(CODE, "a.py"), *text_jobs(CODE, "b.py")])
    assert [f.path for f in run.report.findings] == ["b.py"]
    assert run.review.exit_status == 2


async def test_a_file_that_vanishes_is_a_failure(tmp_path: Path):
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "b.py").write_text(CODE)
    jobs = list(file_jobs([str(tmp_path)]))
    (tmp_path / "a.py").unlink()
    run = await Run(steps(ONE)).over(jobs)
    assert [Path(f.path).name for f in run.report.findings] == ["b.py"]
    assert "no such file" in run.report.failures[0].reason
    assert run.review.exit_status == 2


async def test_what_was_found_before_a_stop_is_kept():
    run = Run(steps(ONE, "never"))

    def stop(finding: Finding) -> None:
        Report.finding(run.report, finding)
        run.review.stop()

    run.report.finding = stop
    await run.over([*text_jobs(CODE, "a.py"), *text_jobs(CODE, "b.py")])
    assert len(run.report.findings) == len(run.engine.requests) == 1
    assert run.report.summary is not None
    assert run.report.summary.interrupted


async def test_a_suggested_patch_is_asked_for_in_the_same_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "a.py"
    source.write_text(CODE)
    fixed = CODE.replace("xs[1]", "xs[0]")
    run = Run(
        steps(ONE, "It is wrong.", f"```python\n{fixed}```"),
        run=RunOptions(explain=True, suggest=True),
    )
    await run.over(list(file_jobs(["a.py"])))
    (finding,) = run.report.findings
    assert "-    return xs[1]\n+    return xs[0]\n" in finding.patch
    assert finding.explanation == "It is wrong."
    assert run.questions[1:] == [prompt.EXPLAIN, prompt.CORRECTED]
    assert source.read_text() == CODE


async def test_patches_are_applied_only_when_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "a.py"
    source.write_text(CODE)
    fixed = CODE.replace("xs[1]", "xs[0]")
    options = RunOptions(suggest=True, apply_to=tmp_path / "undo")
    run = await Run(steps(ONE, fixed), run=options).over(list(file_jobs(["a.py"])))
    assert source.read_text() == CODE
    assert "--force" in run.told[-1]
    options = RunOptions(suggest=True, apply_to=tmp_path / "undo", force=True)
    run = await Run(steps(ONE, fixed), run=options).over(list(file_jobs(["a.py"])))
    assert source.read_text() == fixed
    assert "git apply" in run.told[-1]


async def test_long_sources_and_skipped_ones_are_told(tmp_path: Path):
    text = "\n\n\n".join(f"def f{n}():\n    return {n}" for n in range(2000))
    (tmp_path / "a.py").write_text(text)
    (tmp_path / "b.js").write_text("x" * 5000)
    run = Run(lambda _: "OK", allow_ok=True)
    await run.over(list(file_jobs([str(tmp_path)])))
    assert "pieces (lines 1-" in run.told[0]
    assert run.told[1].endswith("b.js: skipped, minified.")
    assert run.review.exit_status == 0
