"""Runs a review for the command line: sources in, a report out, and the exit status."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from carnice_tui import __version__
from carnice_tui.cli.boundary import INTERRUPTED
from carnice_tui.cli.engines import engine_of
from carnice_tui.cli.output import write_out
from carnice_tui.cli.progress import load_model
from carnice_tui.cli.review_jobs import Wanted, is_mostly_fine, jobs_of
from carnice_tui.cli.review_progress import ReviewProgress, summary_line
from carnice_tui.cli.signals import stopping_signals
from carnice_tui.core import paths
from carnice_tui.core.messages import Sampling
from carnice_tui.core.settings_file import LoadedSettings
from carnice_tui.engine.base import Engine
from carnice_tui.engine.options import turn_options
from carnice_tui.review.baseline import read_baseline, write_baseline
from carnice_tui.review.finder import BugFinder, FinderOptions
from carnice_tui.review.finding import Failure, Level, Skipped, Summary
from carnice_tui.review.formats.base import Reporter, Run
from carnice_tui.review.formats.choose import Look, reporter
from carnice_tui.review.formats.sorted import SortedByConfidence
from carnice_tui.review.jobs import Job
from carnice_tui.review.run import Review, RunOptions

__all__ = ["Wanted", "run_review"]


def run_review(wanted: Wanted, loaded: LoadedSettings) -> int:
    """Review what is `wanted` and give the exit status.

    Raises:
        CarniceError: nothing can be reviewed: no source, no model, no baseline.
    """
    jobs = jobs_of(wanted)
    return asyncio.run(_Command(wanted, loaded, jobs).run())


class _Command:
    """One run of the command, and what may cut it short."""

    def __init__(
        self, wanted: Wanted, loaded: LoadedSettings, jobs: list[Job | Skipped | Failure]
    ) -> None:
        self._wanted = wanted
        self._loaded = loaded
        self._jobs = jobs
        self._signal = 0
        self._stop: Callable[[], object] = lambda: None
        self._progress = ReviewProgress(quiet=wanted.quiet)

    async def run(self) -> int:
        """Load, review, tell; gives the exit status.

        Raises:
            EngineError: the model cannot be loaded.
        """
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._stop = task.cancel
        baseline = self._baseline()
        engine = engine_of(self._loaded.settings)
        try:
            with stopping_signals(self._stop_for):
                if any(isinstance(job, Job) for job in self._jobs):
                    await load_model(engine, self._loaded.settings.model)
                return await self._review(engine, baseline)
        except asyncio.CancelledError:
            return self._stopped_status()
        finally:
            self._progress.clear()
            await engine.close()

    async def _review(self, engine: Engine, known: frozenset[str]) -> int:
        wanted = self._wanted
        finder = BugFinder(engine, self._finder_options())
        out = self._reporter()
        model = engine.model.name if engine.model else self._loaded.settings.model
        out.begin(Run(sum(1 for job in self._jobs if isinstance(job, Job)), model, __version__))
        review = Review(
            finder,
            out,
            RunOptions(
                min_confidence=wanted.min_confidence,
                fail_on=None if wanted.fail_on == "never" else _level(wanted.fail_on),
                known=known,
                explain=wanted.explain,
                suggest=wanted.suggest or wanted.applying,
                apply_to=paths.state_dir() / "undo" if wanted.applying else None,
                force=wanted.force,
            ),
            tell=self._progress.tell,
            show=self._progress.show,
        )
        self._stop = review.stop
        summary = await review.run(self._jobs)
        self._progress.clear()
        self._finish(review, summary)
        if self._signal:
            return self._stopped_status()
        return review.exit_status

    def _finish(self, review: Review, summary: Summary) -> None:
        wanted = self._wanted
        if wanted.update_baseline:
            assert wanted.baseline is not None
            path = Path(wanted.baseline)
            kept = read_baseline(path) if path.exists() else []
            reviewed = review.reviewed_paths
            kept = [one for one in kept if one.path not in reviewed]
            write_baseline(path, [*kept, *review.seen])
        self._progress.finish(summary_line(summary))

    def _finder_options(self) -> FinderOptions:
        wanted = self._wanted
        request = turn_options(self._loaded.settings, "bugs").request
        allow_ok = wanted.allow_ok
        if allow_ok is None:
            allow_ok = is_mostly_fine(wanted, self._jobs)
        return FinderOptions(
            allow_ok=allow_ok,
            most=wanted.most or 1,
            samples=wanted.samples,
            locating=wanted.locate,
            request=msgspec.structs.replace(request, sampling=self._sampling()),
        )

    def _sampling(self) -> Sampling:
        """Greedy, so that the same code gives the same findings, unless asked otherwise."""
        sampling = self._loaded.settings.generation.sampling()
        origin = self._loaded.origins.get("generation.temperature", "")
        if origin == "the command line" or self._wanted.samples > 1:
            return sampling
        return msgspec.structs.replace(sampling, temperature=0.0)

    def _baseline(self) -> frozenset[str]:
        wanted = self._wanted
        if wanted.baseline is None:
            return frozenset()
        path = Path(wanted.baseline)
        if wanted.update_baseline and not path.exists():
            return frozenset()
        return frozenset(known.fingerprint for known in read_baseline(path))

    def _reporter(self) -> Reporter:
        out = reporter(self._wanted.form, self._write, _look())
        return SortedByConfidence(out) if self._wanted.sort == "confidence" else out

    def _write(self, text: str) -> None:
        self._progress.clear()
        write_out(text.encode("utf-8", "replace"))

    def _stop_for(self, number: int) -> None:
        """The first signal ends the run and keeps its findings; the second waits no more."""
        if self._signal:
            self._task.cancel()
            return
        self._signal = number
        self._stop()

    def _stopped_status(self) -> int:
        return 128 + self._signal if self._signal else INTERRUPTED


def _look() -> Look:
    if not os.isatty(1):
        return "piped"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return "plain"
    return "coloured"


def _level(name: str) -> Level:
    return msgspec.convert(name, Level)
