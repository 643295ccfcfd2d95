"""The launched ranks, watched: when one is gone, all are ended, and it is said which and why.

The ranks wait for each other in every layer, so a rank without its peer never answers again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from pathlib import Path

import psutil

from carnice_tui.engine.base import EngineError
from carnice_tui.engine.log_lines import last_lines
from carnice_tui.engine.process import worker_environment

WATCH_SECONDS = 1.0
_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception): .+", re.MULTILINE)
LEASH = (sys.executable, "-P", "-m", "carnice_tui.engine.remote.leash")
"""Runs the launcher, and ends it and the ranks when this process is gone, even if it was killed."""

STOP_SECONDS = 5.0
"""How long the ranks may take to end by themselves."""


class Fleet:
    """One launcher and its ranks, from start to end."""

    def __init__(self, process: asyncio.subprocess.Process, ranks: int, log: Path) -> None:
        self._process = process
        self._ranks = ranks
        self._log = log
        self._seen = 0
        self._watching = asyncio.create_task(self._watch(), name="ranks")
        self.ended = asyncio.Event()
        """Set once the ranks are gone, whoever ended them."""
        self.problem = ""
        """Why, if it was not us."""

    @classmethod
    async def start(cls, command: list[str], ranks: int, log: Path) -> Fleet:
        """Run the launcher.

        Raises:
            EngineError: it cannot be run.
        """
        output = -1
        try:
            log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            process = await asyncio.create_subprocess_exec(
                *LEASH,
                *command,
                stdin=asyncio.subprocess.PIPE,  # never written to: its end is our end
                stdout=output,
                stderr=output,
                env=worker_environment() | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"The launcher {command[0]} could not be run: {error}.") from error
        finally:
            if output >= 0:
                os.close(output)
        return cls(process, ranks, log)

    @property
    def reason(self) -> str:
        """The last error that a rank wrote, as a sentence; "" where there is none."""
        errors = _ERROR.findall(self.detail)
        return f" It said: {errors[-1].strip()}." if errors else ""

    @property
    def detail(self) -> str:
        """The last lines that the ranks wrote."""
        return last_lines(self._log)

    def complete(self) -> None:
        """All ranks have answered: from now on none may be missing."""
        self._seen = max(self._seen, _alive(self._process.pid))

    async def settled(self) -> None:
        """Wait until it is known whether a rank is gone: a moment longer than a look takes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), 2 * WATCH_SECONDS)

    async def stop(self) -> None:
        """End all ranks and wait until they have ended."""
        self._watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watching
        await self._end()

    async def _watch(self) -> None:
        """Until a rank, or the launcher, is gone."""
        while not self.problem:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), WATCH_SECONDS)
            if self._process.returncode is not None:
                self.problem = f"The launcher ended with code {self._process.returncode}."
                break
            alive = _alive(self._process.pid)
            if alive < self._seen:
                self.problem = f"{self._seen - alive} of {self._ranks} ranks ended."
            self._seen = max(self._seen, alive)
        await self._end()

    async def _end(self) -> None:
        """End the launcher and everything it started."""
        _signal(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        _signal(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self.ended.set()


def _alive(leash: int) -> int:
    """How many of the processes that the launcher on this `leash` started still run."""
    with contextlib.suppress(psutil.Error):  # one of them may have ended just now
        launchers = psutil.Process(leash).children()
        ranks = [rank for launcher in launchers for rank in launcher.children()]
        return sum(r.is_running() and r.status() != psutil.STATUS_ZOMBIE for r in ranks)
    return 0


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
