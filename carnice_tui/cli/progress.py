"""Progress of loading on standard error, only where somebody sees it."""

import sys
import time

from carnice_tui.core.events import EngineFailed, Event, LoadProgress
from carnice_tui.engine.base import Engine, EngineError

_STAGES = {
    "starting": "Starting the engine",
    "downloading": "Downloading",
    "checking": "Checking the model",
    "loading": "Loading the model",
    "warming": "Warming up",
}


PACE_SECONDS = 2.0
"""Before that the pace of a download says nothing."""


class LoadReport:
    """One line that is written over, on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._width = 0
        self._shown = sys.stderr.isatty()
        self._begun: tuple[float, int] | None = None

    def show(self, event: Event) -> None:
        """Show how far loading is."""
        if not self._shown or not isinstance(event, LoadProgress):
            return
        self._line(load_line(event) + self._time_left(event))

    def say(self, text: str) -> None:
        """Show `text` as how far things are."""
        if self._shown:
            self._line(text)

    def hashing(self, done: int, total: int) -> None:
        """Show how many bytes are checked."""
        self.say(f"Checking {done / 1e9:.1f} of {total / 1e9:.1f} GB")

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            self._line("")
            self._width = 0

    def _time_left(self, event: LoadProgress) -> str:
        """How long a download still takes at the pace it has had so far."""
        if event.stage != "downloading" or not event.total:
            return ""
        now = time.monotonic()
        if self._begun is None:
            self._begun = (now, event.done)
        took, came = now - self._begun[0], event.done - self._begun[1]
        if took < PACE_SECONDS or came <= 0:
            return ""
        return f", {duration((event.total - event.done) * took / came)} left"

    def _line(self, text: str) -> None:
        sys.stderr.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
        sys.stderr.flush()
        self._width = len(text)


def load_line(event: LoadProgress) -> str:
    """How far loading is, in words: "Downloading 1.2 of 14.1 GB (8 %)"."""
    name = _STAGES[event.stage]
    if not event.total:
        return f"{name} …"
    done, total = event.done, event.total
    unit, size = ("GB", 1e9) if total >= 1e9 else ("MB", 1e6)
    return f"{name} {done / size:.1f} of {total / size:.1f} {unit} ({done / total:.0%})"


def duration(seconds: float) -> str:
    """How long, in words: "40 s", "12 min", "1 h 5 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


async def load_model(engine: Engine, model: str) -> None:
    """Bring `model` into `engine`, telling how far it is where somebody sees it.

    Raises:
        EngineError: it cannot be loaded.
    """
    report = LoadReport()
    problem: str | None = None
    try:
        # To the end even after a failure: what the engine started for it is ended by then.
        async for event in engine.load(model):
            if isinstance(event, EngineFailed):
                problem = event.message
            report.show(event)
    finally:
        report.clear()
    if problem is not None:
        raise EngineError(problem)
