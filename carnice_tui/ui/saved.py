"""Where one conversation is saved."""

import asyncio
from pathlib import Path

from carnice_tui.ui.setup import SessionSink


class Saved:
    """The sink and the file of one conversation; neither, where nothing of it is kept."""

    def __init__(self, sink: SessionSink | None = None, file: Path | None = None) -> None:
        """`file` is there already: that of a conversation which is gone on with, or only read."""
        self._sink = sink
        self._file = file

    @property
    def sinks(self) -> tuple[SessionSink, ...]:
        """What takes its records."""
        return (self._sink,) if self._sink is not None else ()

    @property
    def file(self) -> Path | None:
        """Its file, if there is one by now: it comes into being with the first message."""
        if self._file is None and self._sink is not None and self._sink.path.exists():
            self._file = self._sink.path
        return self._file

    async def flush(self) -> None:
        """Wait, off the event loop, until everything so far is on the disk."""
        if self._sink is not None:
            await asyncio.to_thread(self._sink.flush)

    async def close(self) -> None:
        """Save what is left, off the event loop, and let go of the file."""
        sink, self._sink = self._sink, None
        if sink is not None:
            await asyncio.to_thread(sink.close)
