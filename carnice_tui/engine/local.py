"""The engine on this machine: a worker process that owns the model, started when needed."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import (
    EngineFailed,
    Event,
    LoadProgress,
    ModelLoaded,
    TurnFinished,
)
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.wire import (
    AnswerNow,
    Cancel,
    Done,
    Frame,
    Hello,
    Load,
    Reply,
    Request,
    Shutdown,
    Turn,
    Warm,
)
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.process import WorkerProcess

Resolver = Callable[[str], AsyncIterator[LoadProgress | Path]]
"""A model reference to its folder: progress while it is fetched, then the path, always last.

Raises `CarniceError` where the model cannot be had."""


async def local_folders(model: str) -> AsyncIterator[LoadProgress | Path]:
    """The simplest resolver: the reference is a folder."""
    yield Path(model)


@dataclass(frozen=True)
class PrefixFolder:
    """Where system prompts that were read are kept, and how many bytes of them at most."""

    path: Path
    most_bytes: int


class _Closed:
    """Stands at the end of a worker's stream: `problem` is why, if it said so."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem


class LocalEngine:
    """Implements `engine.base.Engine` with a child process.

    A worker that dies is started again, and its model loaded again, by the next turn.
    """

    def __init__(
        self,
        resolve: Resolver = local_folders,
        *,
        context_window: int = 0,
        prefixes: PrefixFolder | None = None,
        log: Path | None = None,
        command: tuple[str, ...] | None = None,
    ) -> None:
        """`context_window` (tokens) caps the model's own; 0 takes it as it is. With `prefixes`
        system prompts are read from files after the first time, also after a restart."""
        self._resolve = resolve
        self._context_window = context_window
        self._prefixes = prefixes
        self._log = log
        self._command = command
        self._ids = itertools.count(1)
        self._worker: WorkerProcess | None = None
        self._reader: asyncio.Task[None] | None = None
        self._replies: dict[int, asyncio.Queue[Event | Done | _Closed]] = {}
        self._turn: int | None = None
        self._cancelled: int | None = None
        self._wanted = ""
        self._model: ModelLoaded | None = None
        self._generating = asyncio.Lock()

    @property
    def model(self) -> ModelLoaded | None:
        """The model in memory, if there is one."""
        return self._model

    @property
    def guides(self) -> bool:
        """See `Engine.guides`."""
        return True

    @property
    def hello(self) -> Hello | None:
        """What the worker said of itself when it started."""
        return self._worker.hello if self._worker else None

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._worker.pid if self._worker else None

    async def load(self, model: str) -> AsyncIterator[Event]:
        """See `Engine.load`."""
        self._wanted = model
        async with self._generating:
            async for event in self._load():
                yield event

    async def turn(self, request: TurnRequest) -> AsyncIterator[Event]:
        """See `Engine.turn`."""
        async with self._generating:
            number = next(self._ids)
            self._turn = number
            try:
                if self._model is None:
                    async for event in self._load():
                        yield event
                if self._model is None:
                    yield TurnFinished("failed")
                    return
                if self._cancelled == number:
                    yield TurnFinished("cancelled")
                    return
                finished = False
                async for event in self._ask(Turn(number, request)):
                    finished = finished or isinstance(event, TurnFinished)
                    yield event
                if not finished:
                    yield TurnFinished("failed")
            finally:
                self._turn = None

    def cancel(self) -> None:
        """See `Engine.cancel`."""
        self._cancelled = self._turn
        if self._turn is not None and self._worker is not None:
            self._worker.send(Cancel(next(self._ids), self._turn))

    def answer_now(self) -> None:
        """See `Engine.answer_now`."""
        if self._turn is not None and self._worker is not None:
            self._worker.send(AnswerNow(next(self._ids), self._turn))

    async def warm(self, request: TurnRequest) -> None:
        """See `Engine.warm`. The worker drops it as soon as anything else is asked."""
        if self._model is None or self._generating.locked():
            return
        with contextlib.suppress(EngineError):
            async for _ in self._ask(Warm(next(self._ids), request)):
                pass

    async def close(self) -> None:
        """See `Engine.close`."""
        worker, reader = self._worker, self._reader
        if worker is None or reader is None:
            return
        self.cancel()
        worker.send(Shutdown(next(self._ids)))
        await worker.stop()
        await reader
        self._forget()

    async def _load(self) -> AsyncIterator[Event]:
        self._model = None
        if not self._wanted:
            yield EngineFailed("No model is chosen: name one with --model, or pick one in the app.")
            return
        try:
            yield LoadProgress("starting")
            folder: Path | None = None
            async for step in self._resolve(self._wanted):
                if isinstance(step, Path):
                    folder = step
                else:
                    yield step
            if folder is None:
                raise EngineError(f"The model {self._wanted!r} was not found.")
            kept = self._prefixes
            request = Load(
                next(self._ids),
                str(folder),
                self._wanted,
                self._context_window,
                prefix_folder=str(kept.path) if kept else "",
                prefix_bytes=kept.most_bytes if kept else 0,
            )
            async for event in self._ask(request):
                if isinstance(event, ModelLoaded):
                    self._model = event
                yield event
        except CarniceError as error:
            yield EngineFailed(str(error))

    async def _ask(self, request: Request) -> AsyncIterator[Event]:
        """Send a request and give its events; the worker's death is one of them."""
        replies: asyncio.Queue[Event | Done | _Closed] = asyncio.Queue()
        self._replies[request.id] = replies
        ended = False
        try:
            try:
                worker = await self._running()
            except EngineError as error:
                yield EngineFailed(str(error))
                return
            try:
                worker.send(request)
            except (OverflowError, UnicodeEncodeError, RecursionError) as error:
                ended = True
                yield EngineFailed(f"The engine cannot be told this: {error}.")
                return
            while True:
                reply = await replies.get()
                ended = isinstance(reply, Done | _Closed)
                if isinstance(reply, Done):
                    return
                if isinstance(reply, _Closed):
                    yield await self._died(reply.problem)
                    return
                yield reply
        finally:
            self._replies.pop(request.id, None)
            if not ended and self._worker is not None:
                # Nobody reads on: do not let the worker go on for nobody.
                self._worker.send(Cancel(next(self._ids), request.id))

    async def _running(self) -> WorkerProcess:
        if self._worker is None:
            if self._command is None:
                self._worker = await WorkerProcess.start(self._log)
            else:
                self._worker = await WorkerProcess.start(self._log, self._command)
            self._reader = asyncio.create_task(self._read(self._worker), name="worker frames")
        return self._worker

    async def _read(self, worker: WorkerProcess) -> None:
        """Hand frames to whoever asked; at the end tell everyone who still waits."""
        problem = ""
        try:
            async for frame in worker.frames():
                self._deliver(frame)
        except EngineError as error:
            problem = str(error)
        for replies in self._replies.values():
            replies.put_nowait(_Closed(problem))
        if not self._replies:
            await worker.stop()
            self._forget()

    def _deliver(self, frame: Frame) -> None:
        match frame:
            case Reply(id=number, event=event) if number in self._replies:
                self._replies[number].put_nowait(event)
            case Done(id=number) if number in self._replies:
                self._replies[number].put_nowait(frame)
            case _:
                pass

    async def _died(self, problem: str) -> EngineFailed:
        worker = self._worker
        self._forget()
        if worker is None:
            return EngineFailed(problem or "The engine stopped.")
        code = await worker.stop()
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        message = problem or f"The engine process {how} while it was working."
        return EngineFailed(
            f"{message} What it said is kept; send your message again and it starts afresh.",
            worker.last_words(),
        )

    def _forget(self) -> None:
        """The worker is gone, and the model with it."""
        self._worker = None
        self._reader = None
        self._model = None
