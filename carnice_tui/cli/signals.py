"""What ends a command from outside: Ctrl-C, `kill`, and a terminal that goes away."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Generator


@contextlib.contextmanager
def stopping_signals(stop: Callable[[int], None]) -> Generator[None]:
    """Call `stop` with the number of each such signal."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
