"""Tasks with an owner: what a session has started, until it ended or was cancelled."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

_log = logging.getLogger(__name__)


class Tasks:
    """Holds on to the tasks of one owner; none of them breaks unheard."""

    def __init__(self, broke: Callable[[BaseException], None]) -> None:
        """`broke` is told what a task raised, which is in the log by then."""
        self._broke = broke
        self._running: set[asyncio.Task[None]] = set()
        self._saving: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None]) -> "asyncio.Task[None]":
        """Begin `work`; `close` cancels it."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def start_saving(self, work: Coroutine[object, object, None]) -> None:
        """Begin `work`, which saves something: `close` waits for it."""
        self._saving.add(self.start(work))

    async def close(self) -> None:
        """Cancel what may be cancelled, and wait until all have ended."""
        for task in self._running - self._saving:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._saving.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a turn broke", exc_info=error)
            self._broke(error)
