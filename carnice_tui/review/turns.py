"""The bug finder in a conversation: a review, an explanation, a patch, each as one turn's events.

They are what `Conversation` calls work: they ask the engine as often as they need, and tell it
as one turn, so a session file holds it like any other and plays it again.
"""

from abc import ABC, abstractmethod
from dataclasses import replace

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import (
    AnswerDelta,
    BugFound,
    EngineFailed,
    Event,
    FinishReason,
    GuideScore,
    Notice,
    PatchSuggested,
    PrefillProgress,
    ReasoningDelta,
    ReviewProgress,
    TurnFinished,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.quantities import counted
from carnice_tui.core.stats import summed
from carnice_tui.engine.base import Engine
from carnice_tui.engine.work import Emit
from carnice_tui.review.contract import Verdict
from carnice_tui.review.dialogue import Interrupted
from carnice_tui.review.errors import PatchRefused
from carnice_tui.review.finder import BugFinder, FinderOptions, Found
from carnice_tui.review.finding import Failure, Skipped, Summary
from carnice_tui.review.formats.base import Quiet
from carnice_tui.review.inquiry import Inquiry
from carnice_tui.review.patch import corrected_code, make_patch
from carnice_tui.review.run import Progress, Review

_SKIPS_TOLD = 5
"""Sources left out that are named; of the others only the number."""


class _Turn:
    """What the works of the bug finder share: an engine, where events go, and the figures."""

    def __init__(self, engine: Engine, options: FinderOptions) -> None:
        self._finder = BugFinder(engine, options, self._saw)
        self._emit: Emit = lambda _: None
        self._tokens = 0
        self._failed = False

    def stop(self) -> None:
        """Stop the engine; the turn finishes as cancelled."""
        self._finder.engine.cancel()

    def _saw(self, event: Event) -> None:
        """Hand on what belongs to the one turn that is told."""
        match event:
            case AnswerDelta():
                self._answered(event)
            case ReasoningDelta() | PrefillProgress() | GuideScore():
                self._emit(event)
            case EngineFailed():
                self._failed = True
                self._emit(event)
            case _:
                pass

    def _answered(self, delta: AnswerDelta) -> None:
        self._emit(delta)

    def _finish(self, reason: FinishReason) -> None:
        self._emit(TurnFinished(reason, summed(self._finder.stats)))

    def _tell(self, text: str) -> None:
        self._emit(Notice("warning", text))


class Search(_Turn):
    """Looks for bugs: the same run as `carnice-chat review`, told to the conversation."""

    def __init__(self, engine: Engine, options: FinderOptions, about: Inquiry) -> None:
        """`options.allow_ok` is taken from what is asked about."""
        super().__init__(engine, replace(options, allow_ok=about.allow_ok))
        self._about = about
        self._many = len(about.jobs) > 1
        self._review = Review(
            self._finder, _Told(self), tell=self._notice, show=self._show_progress
        )
        self._texts = 0
        self._skipped: list[Skipped] = []

    async def __call__(self, emit: Emit) -> None:
        """See `Work`."""
        self._emit = emit
        summary = await self._review.run(self._about.jobs)
        self._sum_up(summary)
        if summary.interrupted:
            self._finish("cancelled")
        else:
            failed = summary.failures and not summary.findings
            self._finish("failed" if failed else "stop")

    def stop(self) -> None:
        """End the review; what was found is kept."""
        self._review.stop()

    def found(self, finding: Finding) -> None:
        """Tell a finding: its text where it was not streamed, then the finding itself."""
        if not self._streams:
            lines = Verdict(finding.bug, finding.fix).lines()
            where = f"{finding.path}:{finding.lines}\n" if self._many else ""
            gap = "\n\n" if self._texts else ""
            self._emit(AnswerDelta(f"{gap}{where}{lines}", self._tokens))
            self._tokens = 0
            self._texts += 1
        self._emit(BugFound(finding))

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out."""
        self._skipped.append(skipped)

    @property
    def _streams(self) -> bool:
        """Whether the answer is shown while it is written: its form must be sure, and be one."""
        return self._finder.engine.guides and not self._many

    def _answered(self, delta: AnswerDelta) -> None:
        if self._finder.purpose == "find" and self._streams:
            self._emit(delta)
        else:
            self._tokens += delta.tokens

    def _show_progress(self, progress: Progress) -> None:
        if self._many:
            self._emit(ReviewProgress(progress.done, progress.total, progress.path))

    def _notice(self, text: str) -> None:
        if not any(text.startswith(f"{one.path}: skipped") for one in self._skipped):
            self._tell(text)

    def _sum_up(self, summary: Summary) -> None:
        if self._skipped:
            named = [f"{one.path} ({one.reason})" for one in self._skipped[:_SKIPS_TOLD]]
            more = len(self._skipped) - len(named)
            rest = f", and {more} more" if more else ""
            self._emit(Notice("info", f"Left out: {', '.join(named)}{rest}."))
        if self._many:
            stopped = "Stopped after" if summary.interrupted else "Reviewed"
            files = counted(summary.sources, "file")
            bugs = counted(summary.findings, "bug") if summary.findings else "no bug"
            self._emit(Notice("info", f"{stopped} {files} in {summary.seconds:.0f} s: {bugs}."))
        elif self._about.allow_ok and not summary.findings and not summary.failures:
            self._emit(Notice("info", "No bug was found."))


class _Told(Quiet):
    """Hands findings to the turn."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def finding(self, finding: Finding) -> None:
        """See `Reporter.finding`."""
        self._search.found(finding)

    def failure(self, failure: Failure) -> None:
        """See `Reporter.failure`; the person is told in words already."""

    def skipped(self, skipped: Skipped) -> None:
        """See `Reporter.skipped`."""
        self._search.skipped(skipped)


class _AskOn(_Turn, ABC):
    """A further question about a finding."""

    def __init__(self, engine: Engine, options: FinderOptions, found: Found) -> None:
        super().__init__(engine, options)
        self._found = found

    async def __call__(self, emit: Emit) -> None:
        """See `Work`."""
        self._emit = emit
        try:
            await self._ask()
        except Interrupted:
            self._finish("cancelled")
        except CarniceError as error:
            if not self._failed:
                self._tell(str(error))
            self._finish("failed")
        else:
            self._finish("stop")

    @abstractmethod
    async def _ask(self) -> None:
        """Ask it; what comes of it is emitted."""


class Explanation(_AskOn):
    """Why it is wrong, in the model's words."""

    async def _ask(self) -> None:
        await self._finder.explain(self._found)


class Suggestion(_AskOn):
    """The corrected code as a patch that applies; where there is none, why."""

    def __init__(self, engine: Engine, options: FinderOptions, found: Found, before: str) -> None:
        """`before` is the whole source as it stands now."""
        super().__init__(engine, options, found)
        self._before = before

    async def _ask(self) -> None:
        answer = await self._finder.corrected(self._found)
        try:
            # A diff needs a name for what it changes, also where the code was pasted.
            passage = replace(self._found.passage, path=self._found.passage.path or "pasted")
            patch = make_patch(passage, corrected_code(answer), self._before)
        except PatchRefused as error:
            self._tell(f"There is no patch, for {error}.")
            return
        self._emit(PatchSuggested(patch.diff, self._found.passage.path))
