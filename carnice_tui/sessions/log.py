"""The log of a session: a sink that never blocks and never drops what it was given.

Records go to a thread of their own, which writes them in batches and waits for the disk at
the end of each turn. While the disk refuses, they stay in memory and are tried again.
"""

import atexit
import contextlib
import shlex
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from carnice_tui.core.events import (
    Notice,
    NoticeLevel,
    Record,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import SUFFIX, new_header
from carnice_tui.sessions.growing import GrowingFile
from carnice_tui.sessions.ids import new_id
from carnice_tui.sessions.rescue import rescue, trouble
from carnice_tui.sessions.secrets import Redactor, told
from carnice_tui.sessions.writable import open_to_write

Tell = Callable[[Notice], None]
"""Takes what the user should know. Called on the log's own thread."""

FLUSH_EVERY = 0.25
"""Seconds: the oldest that an unwritten record gets while the disk is willing."""

RETRY_EVERY = 2.0
"""Seconds between tries while the disk refuses."""


def _ignore(_: Notice) -> None:
    pass


class _Batch(NamedTuple):
    records: list[Record]
    urgent: bool
    closing: bool
    flushes_asked: int


class SessionLog:
    """Saves records to one session file, in order; a `Sink` of a conversation.

    The file of a new session comes into being with its first user message, so an app that is
    opened and closed leaves nothing behind. A file has one writer at a time.
    """

    def __init__(
        self,
        file: GrowingFile,
        *,
        tell: Tell = _ignore,
        redactor: Redactor | None = None,
        flush_every: float = FLUSH_EVERY,
        retry_every: float = RETRY_EVERY,
    ) -> None:
        """Use `new` or `reopen`."""
        self._file = file
        self._tell = tell
        self._redactor = redactor
        self._flush_every = flush_every
        self._retry_every = retry_every
        self._begun = not file.is_new
        self._pending: list[Record] = []
        self._accepted = 0  # records
        self._in_hand = 0  # of those, taken by the thread and not all written
        self._saved = 0
        self._flushes_asked = 0
        self._flushes_done = 0
        self._urgent = False
        self._closing = False
        self._waiting = False
        self._failing = ""
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @classmethod
    def new(
        cls,
        folder: Path,
        *,
        cwd: str = "",
        note: str = "",
        tell: Tell = _ignore,
        redactor: Redactor | None = None,
    ) -> "SessionLog":
        """A log for a session that begins now, in `folder`."""
        now = time.time()
        header = new_header(new_id(now), now, cwd=cwd, note=note)
        file = GrowingFile(folder / f"{header.id}{SUFFIX}", header)
        return cls(file, tell=tell, redactor=redactor)

    @classmethod
    def reopen(
        cls, path: Path, *, tell: Tell = _ignore, redactor: Redactor | None = None
    ) -> "SessionLog":
        """Go on with the session in `path`.

        Raises:
            SessionLocked: another running app writes it.
            SessionError: it cannot be opened for writing.
        """
        file = GrowingFile(path, None, open_to_write(path))
        return cls(file, tell=tell, redactor=redactor)

    @property
    def path(self) -> Path:
        """The session's file, which may not be there yet."""
        return self._file.path

    @property
    def id(self) -> str:
        """The session's id."""
        return self.path.stem

    @property
    def unsaved(self) -> int:
        """How many records are in memory only."""
        with self._changed:
            return self._accepted - self._saved

    def __call__(self, record: Record) -> None:
        """Take one record. Returns at once; after `close` it is an error."""
        event = record.event
        with self._changed:
            if self._closing:
                raise SessionError(f"The log of session {self.id} is closed.")
            self._pending.append(record)
            self._accepted += 1
            if not self._begun:
                self._begun = isinstance(event, UserMessage | TurnStarted)
            if not self._begun:
                return
            if self._thread is None:
                self._start()
            if isinstance(event, TurnFinished):
                self._urgent = True
            if self._waiting or self._urgent:
                self._changed.notify_all()

    def flush(self, timeout: float | None = None) -> bool:
        """Block until all records so far are on the disk; False if it refused or took longer."""
        with self._changed:
            if self._thread is None:
                return self._accepted == self._saved
            wanted = self._accepted
            self._flushes_asked += 1
            ticket = self._flushes_asked
            self._urgent = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: self._flushes_done >= ticket, timeout)
            return done and self._saved >= wanted

    def close(self, timeout: float = 10.0) -> Path | None:
        """Write what is left and let go of the file. Blocks for `timeout` seconds at most.

        Gives the file into which the rest was rescued if the session's own refused it.
        """
        with self._changed:
            if self._closing:
                return None
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)
            atexit.unregister(self.close)
        if self._thread is not None and self._thread.is_alive():
            return None  # it still has the file
        self._file.close()
        return self._rescue() if self._begun else None

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="session-log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def _run(self) -> None:
        closing = False
        while not closing:
            batch = self._next_batch()
            closing = batch.closing
            failed = self._file.write(self._ready(batch), sync=batch.urgent or closing)
            with self._changed:
                if failed is None:
                    self._saved += self._in_hand
                    self._in_hand = 0
                self._flushes_done = batch.flushes_asked
                self._changed.notify_all()
            self._report(failed)

    def _next_batch(self) -> _Batch:
        """Wait for work; then wait a little longer, so that it is worth a write."""
        with self._changed:
            self._waiting = True
            self._changed.wait_for(
                lambda: self._pending or self._urgent or self._closing,
                self._retry_every if self._failing else None,
            )
            self._waiting = False
            self._changed.wait_for(lambda: self._urgent or self._closing, self._flush_every)
            batch = _Batch(self._pending, self._urgent, self._closing, self._flushes_asked)
            self._pending, self._urgent = [], False
            self._in_hand += len(batch.records)
            return batch

    def _ready(self, batch: _Batch) -> list[Record]:
        """The records of a batch as they are to be saved."""
        if self._redactor is None:
            return batch.records
        ready = [one for record in batch.records for one in self._redactor.take(record)]
        if batch.closing:
            ready += self._redactor.rest()
        if found := self._redactor.found:
            self._say(
                "info",
                f"Masked before saving: {told(found)} (setting sessions.redact_secrets).",
            )
            found.clear()
        return ready

    def _report(self, failed: OSError | None) -> None:
        before = self._failing
        self._failing = trouble(failed, self.path) if failed else ""
        if self._failing and self._failing != before:
            self._say(
                "error",
                f"This session is not being saved: {self._failing}. What is said stays in "
                "memory and is tried again until it can be written.",
            )
        elif before and not self._failing:
            self._say("info", "This session is saved again: nothing was lost.")

    def _say(self, level: NoticeLevel, text: str) -> None:
        # Whoever listens may be gone by now (a closed event loop); the log must live on.
        with contextlib.suppress(Exception):
            self._tell(Notice(level, text))

    def _rescue(self) -> Path | None:
        """Whatever did not get into the file, put elsewhere."""
        rest = self._file.rest(self._pending)
        if not rest:
            return None
        rescued = rescue(self.id, rest)
        if rescued is None:
            then = "the rest is lost"
        elif self._file.is_new:
            name = shlex.quote(str(rescued))
            then = f"all of it is in {rescued}. Later: carnice-chat sessions import {name}"
        else:
            names = (shlex.quote(str(path)) for path in (rescued, self.path))
            then = f"the rest is in {rescued}. Later: cat {' >> '.join(names)}"
        self._say("error", f"Session {self.id} could not be saved to its end: {then}")
        return rescued
