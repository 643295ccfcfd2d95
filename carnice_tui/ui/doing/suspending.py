"""Into the shell's background and back, as Ctrl+Z does everywhere in a terminal."""

import os
import signal
import time
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from carnice_tui.ui.doing.keeping import keep_view
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.asking import app_of

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

LOOKS_EVERY = 0.02
"""Seconds between two looks at whether it goes on."""

_NO_SHELL = "There is no shell below that could bring the app back. {quit} leaves."


def suspend(screen: "ChatScreen") -> None:
    """Stop, and everything that was started with us (`make`), until the shell says `fg`."""
    if not shell_controls_jobs():
        screen.notify(with_keys(_NO_SHELL))
        return
    keep_view(screen)
    try:
        with app_of(screen).suspend():
            _stop_until_continued()
    except SuspendNotSupported:
        screen.notify(with_keys(_NO_SHELL))


def _stop_until_continued() -> None:
    """Returns once the shell has said so: another thread may stop first, and this one run on."""
    continued: list[int] = []
    before = signal.signal(signal.SIGCONT, lambda number, _: continued.append(number))
    try:
        os.killpg(0, signal.SIGSTOP)
        while not continued:
            time.sleep(LOOKS_EVERY)
    finally:
        signal.signal(signal.SIGCONT, before)


def shell_controls_jobs() -> bool:
    """Whether somebody in our session watches our process group: else nothing would wake it."""
    import psutil  # only here: the app opens sooner without it

    try:
        parent = psutil.Process(os.getpgrp()).ppid()
        return bool(parent) and os.getsid(parent) == os.getsid(0)
    except (psutil.Error, OSError):
        return False
