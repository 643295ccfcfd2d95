"""A child process that tells how far it is: one JSON line a step on its standard output."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; the plan of a conversion is one line."""


class ChildEnded(Exception):
    """The child ended; `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


async def lines_of(module: str, *arguments: str) -> AsyncGenerator[bytes]:
    """The lines that `python -m module arguments` prints. Close the iterator to stop it.

    The child's standard input stays open as long as we are there: it ends when that closes.

    Raises:
        ChildEnded: when there are no more lines.
    """
    # -P: a folder the user happens to be in must not provide our modules.
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LONGEST_LINE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        async for line in child.stdout:
            yield line
        raise ChildEnded(await child.wait())
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        # Closed by us and now: a pipe that outlives the event loop complains at the very end.
        child.stdin.close()
        await child.wait()
        with suppress(ConnectionError):
            await child.stdin.wait_closed()
