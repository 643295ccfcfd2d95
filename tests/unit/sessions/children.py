"""Runs a piece of a test in a child process that can be killed, or be somebody else."""

import contextlib
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass

NOBODY = 65534


@dataclass
class Child:
    """A running child. `pipe` is what it writes to, read from here."""

    pid: int
    pipe: int

    def kill(self) -> None:
        """As the kernel kills who uses too much memory: without a word."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def read(self) -> bytes:
        """All that it wrote, to its end."""
        parts = []
        while part := os.read(self.pipe, 65536):
            parts.append(part)
        os.close(self.pipe)
        return b"".join(parts)

    def result(self) -> str:
        """All that it wrote, when it has ended by itself."""
        said = self.read().decode()
        _, status = os.waitpid(self.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, said
        return said


def start(work: Callable[[int], None], *, as_nobody: bool = False) -> Child:
    """Run `work` in a child; it is given the descriptor to write to."""
    reading, writing = os.pipe()
    if pid := os.fork():
        os.close(writing)
        return Child(pid, reading)
    status = 1
    try:
        os.close(reading)
        if as_nobody and os.getuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        work(writing)
        status = 0
    except BaseException:
        with contextlib.suppress(OSError):
            os.write(writing, traceback.format_exc().encode())
    finally:
        os._exit(status)
