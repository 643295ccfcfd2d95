"""A pseudo-terminal with a program on it, and `pyte` to read its screen."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence

import pyte

from tests.ui.terminal import shown


class Terminal:
    """One program, alone on a terminal that it controls."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: dict[str, str],
        cwd: str,
        columns: int = 100,
        lines: int = 30,
        stdin: int | None = None,
        stdout: int | None = None,
    ) -> None:
        self.fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.modes_before = termios.tcgetattr(theirs)

        def own_the_terminal() -> None:
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command,
            stdin=theirs if stdin is None else stdin,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env=env,
            cwd=cwd,
            preexec_fn=own_the_terminal,
            pass_fds=(theirs,),
        )
        self._theirs = theirs
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.fd)
        os.close(self._theirs)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return shown(self.screen)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.fd, keys.encode())

    def interrupt(self) -> None:
        """Ctrl-C as the terminal sends it: to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait_for(self, seen: Callable[[str], bool] | str, seconds: float = 60) -> str:
        """Read until the screen shows `seen`."""
        end = time.monotonic() + seconds
        shows = seen if callable(seen) else lambda text: seen in text
        while not shows(self.text):
            if time.monotonic() > end or not self._read(end):
                raise AssertionError(f"never seen; the screen is:\n{self.text}\n{self.raw[-400:]}")
        return self.text

    def wait(self, seconds: float = 60) -> int:
        """Read until the program ends and give its exit status."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"still running; the screen is:\n{self.text}")
            self._read(time.monotonic() + 0.05)
        while self._read(time.monotonic() + 0.05):
            pass
        return self.process.returncode

    def is_clean(self) -> bool:
        """Whether the terminal is as it was found: its modes, the screen, mouse and paste."""
        alternate = self.raw.rfind(b"\x1b[?1049h") <= self.raw.rfind(b"\x1b[?1049l")
        reports = all(
            self.raw.rfind(b"\x1b[?%dh" % mode) <= self.raw.rfind(b"\x1b[?%dl" % mode)
            for mode in (1000, 1002, 1003, 1006, 1015, 2004)
        )
        cursor = self.raw.rfind(b"\x1b[?25l") <= self.raw.rfind(b"\x1b[?25h")
        return (
            alternate
            and reports
            and cursor
            and termios.tcgetattr(self._theirs) == self.modes_before
        )

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            return False
        data = os.read(self.fd, 1 << 16)
        self.raw += data
        self._stream.feed(data)
        return bool(data)
