"""How the app ends from outside: `kill`, and a terminal that goes away."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Generator

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def told_of_the_end(leave: Callable[[int], None]) -> Generator[None]:
    """Call `leave` with the number of such a signal, in the event loop that runs now.

    One that is ignored stays so (`nohup`). Only the main thread can hear signals.
    """
    loop = asyncio.get_running_loop()
    heard: list[int] = []
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(ValueError, RuntimeError):
                loop.add_signal_handler(number, leave, number)
                heard.append(number)
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
