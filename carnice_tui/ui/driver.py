"""Reads the terminal's input: as Textual does, but a paste can never become keys.

Textual takes an escape inside a bracketed paste for the beginning of a key, and gives what
follows it to the app as keys (textual/_xterm_parser.py, `XTermParser.parse`: its inner loop
does not ask whether a paste is under way). Most terminals take escapes out of what is pasted;
tmux does not, and then a pasted BEL opened the editor.
"""

import contextlib
import os
import selectors
from codecs import getincrementaldecoder
from threading import Event
from typing import IO, Protocol, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from carnice_tui.ui.early_paint import ALTERNATE, EarlyPaint

_START, _END = "\x1b[200~", "\x1b[201~"
_PICTURE = "␛"
_WAIT = 0.1
"""Seconds between two looks at whether the app was left, as in Textual's own driver."""


class PasteFilter:
    """Shows escapes inside bracketed pastes as pictures; any chunking gives the same."""

    def __init__(self) -> None:
        self._inside = False
        self._held = ""
        self._before = ""  # the end of what was passed on outside a paste

    def feed(self, text: str) -> str:
        """What to pass on of `text`."""
        text, self._held = self._held + text, ""
        passed: list[str] = []
        while text:
            text = self._paste(text, passed) if self._inside else self._keys(text, passed)
        return "".join(passed)

    def _keys(self, text: str, passed: list[str]) -> str:
        """Pass keys on up to the start of a paste, of which a part may have come before."""
        known = len(self._before)
        at = (self._before + text).find(_START)
        if at < 0:
            passed.append(text)
            self._before = (self._before + text)[1 - len(_START) :]
            return ""
        end = at + len(_START) - known
        passed.append(text[:end])
        self._inside, self._before = True, ""
        return text[end:]

    def _paste(self, text: str, passed: list[str]) -> str:
        at = text.find("\x1b")
        if at < 0:
            passed.append(text)
            return ""
        passed.append(text[:at])
        rest = text[at:]
        if rest.startswith(_END):
            passed.append(_END)
            self._inside = False
            return rest[len(_END) :]
        if _END.startswith(rest):
            self._held = rest
            return ""
        passed.append(_PICTURE)
        return rest[1:]


class ComesUp(Protocol):
    """An app that is on the screen before there is something that takes keys.

    `early` is its first frame, where that is painted already. What is typed waits in the
    terminal until `takes_keys` is set.
    """

    early: EarlyPaint | None
    takes_keys: Event

    def hung_up(self) -> None:
        """The terminal is gone."""
        ...


class Outlet:
    """What Textual writes to; where the terminal is gone, it goes nowhere.

    Otherwise the thread that writes would end with an error, and the app wait for it for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write it, if there is somebody to read it."""
        with contextlib.suppress(OSError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Let it out."""
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """The descriptor."""
        return self._file.fileno()


class SafeDriver(LinuxDriver):
    """Textual's driver for POSIX terminals, with pastes filtered and odd bytes replaced.

    While the terminal is lent to another program, what the app writes goes nowhere: it is
    painted anew afterwards.
    """

    _is_lent = False

    def start_application_mode(self) -> None:
        """Take the terminal."""
        if not isinstance(self._file, Outlet):
            self._file = cast("IO[str]", Outlet(self._file))
        super().start_application_mode()

    def suspend_application_mode(self) -> None:
        """Lend the terminal."""
        super().suspend_application_mode()
        self._is_lent = True

    def resume_application_mode(self) -> None:
        """Take it back."""
        self._is_lent = False
        super().resume_application_mode()

    def write(self, data: str) -> None:
        """Write to the terminal; a first frame that is there already is not cleared away."""
        if self._is_lent:
            return
        early = self._coming_up.early
        if data != ALTERNATE or early is None or not early.take_over():
            super().write(data)

    @property
    def _coming_up(self) -> ComesUp:
        return cast("ComesUp", self._app)

    def run_input_thread(self) -> None:
        """Wait for input and hand its events on, until the app is left."""
        while not self._coming_up.takes_keys.wait(_WAIT):
            if self.exit_event.is_set():
                return
        parser = XTermParser(self._debug)
        filtered = PasteFilter()
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                for _ in selector.select(_WAIT):
                    data = self._read()
                    if not data:
                        self._loop.call_soon_threadsafe(self._coming_up.hung_up)
                        return
                    if text := filtered.feed(decode(data)):
                        for event in parser.feed(text):
                            self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        """What was typed; nothing where the terminal is gone."""
        with contextlib.suppress(OSError):
            return os.read(self.fileno, 4096)
        return b""
