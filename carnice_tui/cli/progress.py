"""Progress of loading on standard error, only where somebody sees it."""

import sys

from carnice_tui.core.events import Event, LoadProgress

_STAGES = {
    "starting": "Starting the engine",
    "downloading": "Downloading",
    "checking": "Checking the model",
    "loading": "Loading the model",
    "warming": "Warming up",
}


class LoadReport:
    """One line that is written over, on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self._width = 0
        self._shown = sys.stderr.isatty()

    def show(self, event: Event) -> None:
        """Show how far loading is."""
        if not self._shown or not isinstance(event, LoadProgress):
            return
        self._line(load_line(event))

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
