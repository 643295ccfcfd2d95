"""Starts the worker process and speaks frames with it."""

import asyncio
import contextlib
import ctypes.util
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from carnice_tui.core import paths
from carnice_tui.core.wire import Frame, Hello, MalformedFrame, Request, frame_reader, pack
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.log_lines import last_lines

HELLO_SECONDS = 60.0
"""Importing MLX takes 3-5 s on a cold disk; a worker silent for this long hangs."""

STOP_SECONDS = 5.0
"""How long a worker may take to end by itself before it is killed."""

LOG_BYTES = 1_000_000
"""The log is begun anew when it has grown past this."""

WORKER = (sys.executable, "-P", "-m", "carnice_tui.engine.worker")
"""The command that is run; the descriptor and the log file follow. With -P the folder the user
is in, which may be a stranger's repository, provides no modules."""


def worker_environment() -> dict[str, str]:
    """The child's environment: ours, with OpenBLAS preloaded on Linux where it is installed.

    The Linux CPU wheel of MLX links the reference BLAS; OpenBLAS before it measured 100x on
    a float32 matrix product and 6-15x on time to first token.
    """
    environment = dict(os.environ)
    environment.setdefault("TOKENIZERS_PARALLELISM", "false")
    if sys.platform == "linux" and (library := openblas()):
        before = environment.get("LD_PRELOAD", "")
        if library not in before:
            environment["LD_PRELOAD"] = f"{library} {before}".strip()
    if sys.platform == "linux" and (kernels := _kernel_folder()):
        environment["TMPDIR"] = kernels
    return environment


def _kernel_folder() -> str | None:
    """Where MLX keeps the kernels that it compiles for the CPU; None: where it likes.

    It keeps them under a name that anyone can foresee in the temporary folder and loads them
    from there, which on a shared machine must not be everyone's. Kept, they save 2 s of the
    first answer (measured); compiled kernels decode a third faster than none.
    """
    folder = paths.cache_dir() / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError:
        return None
    return str(folder)


def openblas() -> str | None:
    """The name of the system's OpenBLAS, as the loader finds it; None where there is none."""
    return ctypes.util.find_library("openblas")


class WorkerProcess:
    """One child process, from hello to its end."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        log: Path,
        log_start: int,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._log = log
        self._log_start = log_start
        self.hello: Hello | None = None
        self._hung_up = False

    @classmethod
    async def start(
        cls, log: Path | None = None, command: tuple[str, ...] = WORKER
    ) -> "WorkerProcess":
        """Start a worker; it has not said hello yet.

        Raises:
            EngineError: the process cannot be started.
        """
        log, start = _open_log(log or paths.worker_log())
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                str(theirs.fileno()),
                str(log),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=worker_environment(),
                start_new_session=True,  # the terminal's Ctrl-C and hang-up are ours to handle
            )
        except OSError as error:
            ours.close()
            raise EngineError(f"The engine process could not be started: {error}.") from error
        finally:
            theirs.close()  # else the end of the child would never be seen
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        return cls(process, reader, writer, log, start)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, request: Request) -> None:
        """Queue a request; a worker that has gone is noticed by `frames`."""
        if not self._writer.is_closing():
            self._writer.write(pack(request))

    async def frames(self) -> AsyncIterator[Frame]:
        """All frames until the worker's end. The first must be its hello.

        Raises:
            EngineError: no hello within `HELLO_SECONDS`, or bytes that are no frame.
        """
        frames = frame_reader()
        try:
            async with asyncio.timeout(HELLO_SECONDS) as limit:
                while data := await self._read():
                    for frame in frames.feed(data):
                        if isinstance(frame, Hello):
                            self.hello = frame
                            limit.reschedule(None)
                        else:
                            yield frame
        except TimeoutError:
            raise EngineError(
                f"The engine did not start within {HELLO_SECONDS:.0f} s. "
                "Try again; carnice-chat doctor shows what it can."
            ) from None
        except MalformedFrame as error:
            raise EngineError(
                f"The engine sent something that is no frame ({error}), and was stopped."
            ) from error

    async def _read(self) -> bytes:
        try:
            data = await self._reader.read(1 << 16)
        except ConnectionError:
            data = b""
        self._hung_up = not data
        return data

    async def stop(self) -> int:
        """Close the pipe, wait for the end, kill after `STOP_SECONDS`; gives the exit code."""
        self._writer.close()
        # Before its hello it imports, listens to nobody for seconds, and holds nothing. One that
        # has hung up is ending by itself, and its exit code says why.
        listens = self.hello is not None or self._hung_up
        patience = STOP_SECONDS if listens else 0
        try:
            async with asyncio.timeout(patience):
                return await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            return await self._process.wait()

    def last_words(self) -> str:
        """The last lines this worker wrote to its log."""
        return last_lines(self._log, self._log_start)


def _open_log(log: Path) -> tuple[Path, int]:
    """The log and where its next line will stand; the null device where it cannot be written."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("ab") as file:
            if file.tell() > LOG_BYTES:
                file.truncate(0)
            return log, file.tell() if file.tell() <= LOG_BYTES else 0
    except OSError:
        return Path(os.devnull), 0  # a log is not worth an answer
