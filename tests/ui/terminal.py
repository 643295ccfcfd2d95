"""A real pseudo-terminal around the app: what it writes, and what stands on the screen."""

import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl

import pyte

_PRIVATE = re.compile(rb"\x1b\[[<>=?][\d;]*[um]")


def shown(screen: pyte.Screen) -> str:
    """What is on the screen, line by line.

    Not `screen.display`: pyte falls over where a wide character is half overwritten.
    """
    cells = range(screen.columns)
    rows = (screen.buffer[y] for y in range(screen.lines))
    return "\n".join("".join(row[x].data for x in cells).rstrip() for row in rows)


class Terminal:
    """Runs a Python module in a terminal of its own."""

    def __init__(self, *arguments: str, columns: int = 80, rows: int = 24, **env: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.status: int | None = None
        self.pid, self._fd = pty.fork()
        if not self.pid:  # pragma: no cover - in the child
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
            os.environ.pop("NO_COLOR", None) if "NO_COLOR" not in env else None
            os.execv(sys.executable, [sys.executable, *arguments])
        ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def text(self) -> str:
        """What is on screen."""
        return shown(self.screen)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._fd, keys.encode())

    def until(self, text: str, patience: float = 60) -> None:
        """Read until `text` is on screen."""
        deadline = time.monotonic() + patience
        while text not in self.text:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.text}"
            assert self._read(deadline), f"it ended without {text!r}:\n{self.text}"

    def read(self, patience: float) -> None:
        """Take in what it writes within `patience` seconds, if anything."""
        self._read(time.monotonic() + patience)

    def until_gone(self, text: str, patience: float = 60) -> None:
        """Read until `text` is on screen no more."""
        deadline = time.monotonic() + patience
        while text in self.text:
            assert time.monotonic() < deadline, f"still {text!r} in:\n{self.text}"
            self.read(0.05)

    def wait(self, patience: float = 60) -> int:
        """Read until it has ended; its exit status."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self._read(deadline):
            pass
        if self.status is None:
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> int:
        """Take the terminal away, and wait until it has ended; its exit status."""
        os.close(self._fd)
        self._fd = -1
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def kill(self) -> None:
        """End it if it still runs."""
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self._fd >= 0:
            os.close(self._fd)

    def _read(self, deadline: float) -> bool:
        """Take in what it wrote; whether there may be more."""
        ready, _, _ = select.select([self._fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return True
        try:
            written = os.read(self._fd, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.raw += written
        self._stream.feed(_plain(written))
        return bool(written)


def _plain(written: bytes) -> bytes:
    """Without the private sequences that pyte stumbles over: `CSI > 1 u`, `CSI ? 4 m`."""
    return _PRIVATE.sub(b"", written)
