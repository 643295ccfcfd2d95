"""A whole review: job after job, passage after passage, told as it is found."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from carnice_tui.core.errors import CarniceError
from carnice_tui.engine.base import Engine, EngineError
from carnice_tui.review import patch
from carnice_tui.review.baseline import Known, fingerprint, known_of
from carnice_tui.review.dialogue import ContextFull, Cut, Interrupted
from carnice_tui.review.errors import PatchRefused, ReviewError, SourceRefused, Unreadable
from carnice_tui.review.finder import BugFinder, Found
from carnice_tui.review.finding import Failure, Finding, Level, Skipped, Summary, reaches
from carnice_tui.review.formats.base import Reporter
from carnice_tui.review.jobs import Job, Reading
from carnice_tui.review.passage import Passage
from carnice_tui.review.split import PIECE_CHARACTERS

FAILURES_IN_A_ROW = 3
"""Engine failures after which the rest of a run would fail as well."""

_CHARACTERS_A_TOKEN = 2.5
"""Fewer than code has with any vocabulary of size; a passage that is too long is halved."""
_ANSWER_TOKENS = 700
"""Left free in the window for system prompt, answer and follow-up questions."""
_SHORTEST = 400
"""Characters of the smallest passage that a long one is cut into."""


def passage_budget(engine: Engine) -> int:
    """Characters of a passage that the window of the engine's model holds."""
    window = engine.model.context_window if engine.model else 0
    if not window:
        return PIECE_CHARACTERS
    room = int(max(window - _ANSWER_TOKENS, window // 4) * _CHARACTERS_A_TOKEN)
    return max(_SHORTEST, min(PIECE_CHARACTERS, room))


@dataclass(frozen=True)
class RunOptions:
    """What counts, and what is asked beyond the findings themselves.

    `known` are fingerprints that are not told again. `apply_to` is the folder for undo
    patches where patches are to be applied, None where they are not.
    """

    min_confidence: float = 0.0
    fail_on: Level | None = "note"
    known: frozenset[str] = frozenset()
    explain: bool = False
    suggest: bool = False
    apply_to: Path | None = None
    force: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a run is: sources done of all, seconds since it began, tokens a second."""

    done: int
    total: int
    path: str
    seconds: float
    decode_tps: float

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first source is done."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


@dataclass
class _Counts:
    sources: int = 0
    pieces: int = 0
    findings: int = 0
    known: int = 0
    unsure: int = 0
    failures: int = 0
    skipped: int = 0
    failing: bool = False
    engine_failures: int = 0
    interrupted: bool = False
    paths: set[str] = field(default_factory=set[str])


class Review:
    """Runs a review. `tell` gets lines for the person, `show` how far it is."""

    def __init__(
        self,
        finder: BugFinder,
        reporter: Reporter,
        options: RunOptions | None = None,
        *,
        tell: Callable[[str], None] = lambda _: None,
        show: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._finder = finder
        self._reporter = reporter
        self._options = options or RunOptions()
        self._tell = tell
        self._show = show
        self._counts = _Counts()
        self._stopped = False
        self._began = time.monotonic()
        self.seen: list[Known] = []
        """All findings of this run that are sure enough, known ones too."""

    @property
    def exit_status(self) -> int:
        """0 clean, 1 findings that count, 2 failures; an interrupt is the caller's to tell."""
        if self._counts.failures:
            return 2
        return 1 if self._counts.failing else 0

    @property
    def reviewed_paths(self) -> frozenset[str]:
        """The sources that were read to their end."""
        return frozenset(self._counts.paths)

    def stop(self) -> None:
        """End the run; what was found is kept."""
        self._stopped = True
        self._finder.engine.cancel()

    async def run(self, jobs: Sequence[Job | Skipped | Failure]) -> Summary:
        """Work `jobs` off. Whatever goes wrong with one of them is told, and the next one comes."""
        self._began = time.monotonic()
        total = len(jobs)
        for done, job in enumerate(jobs):
            if self._stopped or self._counts.engine_failures >= FAILURES_IN_A_ROW:
                break
            match job:
                case Skipped():
                    self._skip(job)
                case Failure():
                    self._fail(job.path, job.reason)
                case Job():
                    self._show(self._progress(done, total, job.path))
                    await self._review(job)
        if self._counts.engine_failures >= FAILURES_IN_A_ROW:
            self._tell("The engine keeps failing: the rest was not reviewed.")
        self._counts.interrupted = self._counts.interrupted or self._stopped
        summary = self._summary()
        self._reporter.end(summary)
        return summary

    async def _review(self, job: Job) -> None:
        try:
            reading = job.read(passage_budget(self._finder.engine))
        except SourceRefused as error:
            if job.named or isinstance(error, Unreadable):
                self._fail(job.path, str(error))
            else:
                self._skip(Skipped(job.path, str(error)))
            return
        except ReviewError as error:
            self._fail(job.path, str(error))
            return
        self._note(job, reading)
        failures = self._counts.failures
        self._counts.sources += 1
        waiting = deque(reading.passages)
        while waiting and not self._stopped:
            passage = waiting.popleft()
            try:
                await self._look_at(passage)
            except ContextFull:
                waiting.extendleft(reversed(self._halves(passage)))
        if not self._stopped and failures == self._counts.failures:
            self._counts.paths.add(job.path)
            self._reporter.reviewed(job.path)

    async def _look_at(self, passage: Passage) -> None:
        """Find the bugs of one passage.

        Raises:
            ContextFull: it is too long.
        """
        self._counts.pieces += 1
        try:
            async with aclosing(self._finder.find(passage)) as findings:
                async for found in findings:
                    await self._take(found)
            self._counts.engine_failures = 0
        except ContextFull:
            self._counts.pieces -= 1
            raise
        except Interrupted:
            self._stopped = True
        except EngineError as error:
            self._counts.engine_failures += 1
            self._fail(passage.path, str(error), passage)
        except CarniceError as error:
            self._fail(passage.path, str(error), passage)

    async def _take(self, found: Found) -> None:
        options = self._options
        finding = found.finding
        finding = msgspec.structs.replace(finding, fingerprint=fingerprint(finding))
        if finding.confidence is not None and finding.confidence < options.min_confidence:
            self._counts.unsure += 1
            return
        self.seen.append(known_of(finding))
        if finding.fingerprint in options.known:
            self._counts.known += 1
            return
        try:
            finding = await self._ask_on(found, finding)
        finally:
            self._counts.findings += 1
            if options.fail_on is not None and reaches(finding.level, options.fail_on):
                self._counts.failing = True
            self._reporter.finding(finding)

    async def _ask_on(self, found: Found, finding: Finding) -> Finding:
        """The finding with what else was asked for."""
        options = self._options
        if options.explain:
            told = await self._finder.explain(found)
            finding = msgspec.structs.replace(finding, explanation=told)
        if not options.suggest:
            return finding
        try:
            suggestion = await self._suggest(found)
            if options.apply_to is not None:
                undo = patch.apply_patch(suggestion, options.apply_to, force=options.force)
                self._tell(f"{finding.path} is patched. To undo it: git apply {undo}")
            return msgspec.structs.replace(finding, patch=suggestion.diff)
        except PatchRefused as error:
            self._tell(f"{finding.path}:{finding.first_line}: no patch, for {error}.")
            return finding

    async def _suggest(self, found: Found) -> patch.Patch:
        before = patch.read_exactly(Path(found.passage.path))
        try:
            answer = await self._finder.corrected(found)
        except (Cut, ContextFull):
            raise PatchRefused("the corrected code grew too long") from None
        return patch.make_patch(found.passage, patch.corrected_code(answer), before)

    def _halves(self, passage: Passage) -> list[Passage]:
        """A passage that is too long in parts; a failure where it cannot be cut."""
        budget = max(_SHORTEST, len(passage.code) // 2)
        parts = passage.parts(budget)
        if len(parts) < 2:
            model = self._finder.engine.model
            window = f" ({model.context_window:,} tokens)" if model else ""
            self._fail(passage.path, f"a line is longer than the model's window{window}", passage)
            return []
        return parts

    def _note(self, job: Job, reading: Reading) -> None:
        if reading.note:
            self._tell(f"{_shown(job.path)}: {reading.note}.")
        if not reading.passages:
            self._tell(f"{_shown(job.path)}: nothing to review in it.")
        if len(reading.passages) > 1 and not reading.passages[0].is_diff:
            ranges = ", ".join(f"{p.first_line}-{p.last_line}" for p in reading.passages[:12])
            more = ", …" if len(reading.passages) > 12 else ""
            pieces = f"{len(reading.passages)} pieces (lines {ranges}{more})"
            self._tell(f"{_shown(job.path)}: reviewed in {pieces}.")

    def _skip(self, skipped: Skipped) -> None:
        self._counts.skipped += 1
        self._reporter.skipped(skipped)
        self._tell(f"{skipped.path}: skipped, {skipped.reason}.")

    def _fail(self, path: str, reason: str, passage: Passage | None = None) -> None:
        self._counts.failures += 1
        where = f":{passage.first_line}-{passage.last_line}" if passage else ""
        self._tell(f"{_shown(path)}{where}: not reviewed: {reason.rstrip('.')}.")
        self._reporter.failure(Failure(path, reason))

    def _progress(self, done: int, total: int, path: str) -> Progress:
        stats = self._finder.stats
        rate = stats[-1].decode_tps if stats else 0.0
        return Progress(done, total, path, time.monotonic() - self._began, rate)

    def _summary(self) -> Summary:
        counts, stats = self._counts, self._finder.stats
        return Summary(
            sources=counts.sources,
            pieces=counts.pieces,
            findings=counts.findings,
            known=counts.known,
            unsure=counts.unsure,
            failures=counts.failures,
            skipped=counts.skipped,
            seconds=round(time.monotonic() - self._began, 3),
            prompt_tokens=sum(s.prompt_tokens for s in stats),
            cached_tokens=sum(s.cached_tokens for s in stats),
            prefilled_tokens=sum(s.prefilled_tokens for s in stats),
            answer_tokens=sum(s.answer_tokens for s in stats),
            interrupted=counts.interrupted,
        )


def _shown(path: str) -> str:
    return path or "The code"
