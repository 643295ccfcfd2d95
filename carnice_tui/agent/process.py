"""Runs a program in a process group of its own, for a limited time, and keeps a part of its output.

The program and whatever it started in its group are killed together: at the end, when its time is
up, when it writes without end, and when the person interrupts.
"""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

GRACE = 0.5
"""Seconds between asking a group to end and killing it."""

_LOOK = 0.1
"""Seconds between two looks whether the program itself has ended."""
_CHUNK = 65_536

Ended = Literal["exited", "timeout", "flood", "stopped"]

_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
_SET = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}


def safe_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a program is given of `environment`: names on a list, so no key or token goes along."""
    return {name: environment[name] for name in _KEPT if name in environment} | _SET


@dataclass(frozen=True)
class Run:
    """What to run: at most `seconds` long, stopped after `most` bytes of output, of which the
    first and the last `keep` are kept."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    seconds: float
    most: int
    keep: int


@dataclass(frozen=True)
class Finished:
    """How it went. `tail` follows `head`, after `left_out` bytes. `status` is None where it was
    killed, and negative where a signal ended it."""

    head: bytes
    tail: bytes
    left_out: int
    status: int | None
    ended: Ended


async def run(what: Run) -> Finished:
    """Run it off the event loop; when this is cancelled, it is dead before that goes on.

    Raises:
        OSError: it cannot be started.
    """
    stop = threading.Event()
    work = asyncio.ensure_future(asyncio.to_thread(_run, what, stop))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        with contextlib.suppress(OSError):
            await work
        raise


def _run(what: Run, stop: threading.Event) -> Finished:
    process = subprocess.Popen(
        what.arguments,
        cwd=what.folder,
        env=dict(what.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    kept = _Kept(what.keep)
    with process.stdout as output:
        os.set_blocking(output.fileno(), False)
        try:
            ended = _follow(process, output.fileno(), kept, what, stop)
        finally:
            _kill_group(process)
        _drain(output.fileno(), kept, what.most)
    status = process.returncode if ended == "exited" else None
    return Finished(bytes(kept.head), kept.tail, kept.left_out, status, ended)


def _follow(
    process: "subprocess.Popen[bytes]",
    output: int,
    kept: "_Kept",
    what: Run,
    stop: threading.Event,
) -> Ended:
    """Read until the program has ended, whoever else still holds its output."""
    until = time.monotonic() + what.seconds
    while True:
        select.select([output], [], [], _LOOK)
        at_end = _drain(output, kept, what.most)
        if stop.is_set():
            return "stopped"
        if kept.total > what.most:
            return "flood"
        if at_end:  # nobody can write any more: it is ending, or closed its output
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
        if process.poll() is not None:
            return "exited"
        if time.monotonic() > until:
            return "timeout"


def _drain(output: int, kept: "_Kept", most: int) -> bool:
    """Take what is there, up to `most` in all; whether that was the end."""
    while kept.total <= most:
        try:
            data = os.read(output, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            return True
        kept.add(data)
    return False


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End everything in the group. Its number is not given away as long as anyone is in it, and
    the program is waited for last."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
            if number is signal.SIGTERM:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
    process.wait()


class _Kept:
    """The first and the last bytes of what was read."""

    def __init__(self, keep: int) -> None:
        self.head = bytearray()
        self.total = 0
        self._keep = keep
        self._tail: deque[bytes] = deque()
        self._in_tail = 0

    def add(self, data: bytes) -> None:
        """More output."""
        self.total += len(data)
        room = self._keep - len(self.head)
        self.head += data[:room]
        if rest := data[room:]:
            self._tail.append(rest)
            self._in_tail += len(rest)
            while self._in_tail - len(self._tail[0]) >= self._keep:
                self._in_tail -= len(self._tail.popleft())

    @property
    def tail(self) -> bytes:
        """The last bytes after the head."""
        return b"".join(self._tail)[-self._keep :] if self._tail else b""

    @property
    def left_out(self) -> int:
        """Bytes between head and tail."""
        return self.total - len(self.head) - len(self.tail)
