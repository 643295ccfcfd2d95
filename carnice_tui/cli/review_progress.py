"""How far a review is: one line on a terminal's standard error, and what it has to say there."""

import sys

from carnice_tui.cli.boundary import say
from carnice_tui.core.quantities import counted
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.review.finding import Summary
from carnice_tui.review.run import Progress

_WIDTH = 79
"""Columns that the line takes at most: it must never wrap."""


class ReviewProgress:
    """A line that is written over; lines to the person stand above it."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._shown = not quiet and sys.stderr.isatty()
        self._line = ""

    def show(self, progress: Progress) -> None:
        """Show how far the run is."""
        if self._shown:
            self._write(progress_line(progress))

    def tell(self, message: str) -> None:
        """One line for the person; progress goes on below it."""
        if self._quiet:
            return
        line = self._line
        self.clear()
        say(message)
        if line:
            self._write(line)

    def clear(self) -> None:
        """Take the line away, so that findings can be written."""
        if self._line:
            sys.stderr.write("\r" + " " * len(self._line) + "\r")
            sys.stderr.flush()
            self._line = ""

    def finish(self, line: str) -> None:
        """The last line, where somebody sees it."""
        self.clear()
        if self._shown:
            sys.stderr.write(line + "\n")

    def _write(self, line: str) -> None:
        sys.stderr.write("\r" + line.ljust(len(self._line)))
        sys.stderr.flush()
        self._line = line


def progress_line(progress: Progress) -> str:
    """ "12 of 200 · 45 tok/s · 2 min left · src/cart.ts", cut to what fits one line."""
    parts = [f"{progress.done} of {progress.total}"]
    if progress.decode_tps:
        parts.append(f"{progress.decode_tps:.0f} tok/s")
    if progress.seconds_left is not None:
        parts.append(f"{_duration(progress.seconds_left)} left")
    parts.append(sanitize_line(progress.path))
    line = " · ".join(parts)
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def summary_line(summary: Summary) -> str:
    """ "3 findings in 200 sources, 4 skipped, 12 s"."""
    parts = [
        f"{counted(summary.findings, 'finding')} in {counted(summary.sources, 'source')}",
        *([f"{summary.known} known"] if summary.known else []),
        *([f"{summary.unsure} not sure enough"] if summary.unsure else []),
        *([f"{summary.skipped} skipped"] if summary.skipped else []),
        *([f"{summary.failures} not reviewed"] if summary.failures else []),
        _duration(summary.seconds),
    ]
    return ("Stopped: " if summary.interrupted else "") + ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
