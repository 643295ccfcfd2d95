"""Talks to the plain child: the baseline as something that can be asked and timed."""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from carnice_tui.bench.plain_wire import (
    Answer,
    Ask,
    Failed,
    Generate,
    Generated,
    Perplexity,
    PerplexityFound,
    Ready,
)
from carnice_tui.bench.results import BenchError
from carnice_tui.bench.samples import Sample
from carnice_tui.bench.subjects import Clock
from carnice_tui.core.messages import Message, ThinkingMode
from carnice_tui.engine.process import worker_environment

T = TypeVar("T", Ready, Generated, PerplexityFound)

LINE_BYTES = 64 * 1024 * 1024
"""Of one answer at most."""


class PlainSubject:
    """mlx-lm alone on the model in a folder. With `float32` it computes as our engine does on
    CPU; the environment (OpenBLAS preloaded on Linux) is the same as our worker's."""

    by = "mlx_lm"

    def __init__(
        self, folder: Path, *, float32: bool = False, clock: Clock = time.perf_counter
    ) -> None:
        self._folder = folder
        self._flags = ["--float32"] if float32 else []
        self._clock = clock
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """See `Subject.start`.

        Raises:
            BenchError: mlx-lm cannot load it.
        """
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "carnice_tui.bench.plain", str(self._folder), *self._flags),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=worker_environment(),
            limit=LINE_BYTES,
        )
        await self._answer(Ready)

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        thinking: ThinkingMode = "off",
        thinking_budget: int | None = None,  # noqa: ARG002 - as of any subject
    ) -> Sample:
        """See `Subject.ask`; mlx-lm knows no thinking budget.

        Raises:
            BenchError: it failed.
        """
        begun = self._clock()
        self._send(Generate(tuple(messages), max_tokens, thinking != "off"))
        answer = await self._answer(Generated)
        return msgspec.structs.replace(answer.sample, wall=self._clock() - begun)

    async def perplexity(self, asked: Perplexity) -> PerplexityFound:
        """Perplexity by both ways.

        Raises:
            BenchError: it failed.
        """
        self._send(asked)
        return await self._answer(PerplexityFound)

    async def close(self) -> None:
        """See `Subject.close`."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                self._child.kill()
            await self._child.wait()

    def _send(self, asked: Ask) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(msgspec.json.encode(asked) + b"\n")

    async def _answer(self, kind: type[T]) -> T:
        assert self._child is not None
        assert self._child.stdout is not None
        line = await self._child.stdout.readline()
        if not line:
            code = await self._child.wait()
            raise BenchError(f"Plain mlx-lm ended early (exit status {code}) on {self._folder}.")
        answer = msgspec.json.decode(line, type=Answer)
        if isinstance(answer, Failed):
            raise BenchError(f"Plain mlx-lm failed on {self._folder}: {answer.message}.")
        assert isinstance(answer, kind)
        return answer
