"""Runs a suite over models: our engine, plain mlx-lm and a server, one after the other.

Never two at once: they would share the memory bandwidth that is being measured.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from carnice_tui.bench import agent7, decode, perplexity, prefill
from carnice_tui.bench.plain_child import PlainSubject
from carnice_tui.bench.plain_wire import Perplexity, PerplexityFound
from carnice_tui.bench.results import Result, Row, WindowFull, new_result
from carnice_tui.bench.samples import Sample
from carnice_tui.bench.server import ServerSubject
from carnice_tui.bench.subjects import OURS, EngineSubject, Subject
from carnice_tui.engine.base import Engine
from carnice_tui.models.installed import streamed_bytes
from carnice_tui.models.machine import Machine

S = TypeVar("S", bound=Subject)
T = TypeVar("T")

Tell = Callable[[str], None]
"""Takes a line about what is being measured now."""


@dataclass(frozen=True)
class Bench:
    """What is measured, where, and beside what.

    With `base_url` the engine is one behind that address: its models have no folders here, and
    there is no plain mlx-lm beside them.
    """

    machine: Machine
    models: Sequence[tuple[str, Path | None]]
    new_engine: Callable[[], Engine]
    plain: bool = True
    base_url: str = ""
    baseline_url: str = ""
    bandwidth: float | None = None
    tell: Tell = field(default=lambda _line: None)

    async def agent7(self, max_tokens: int, baseline: str = "") -> Result:
        """Seven agent prompts a row; see `bench.agent7`."""

        async def ask(subject: Subject) -> list[Sample]:
            return [sample async for sample in agent7.measure(subject, max_tokens)]

        rows = [
            agent7.row_of(model, by, samples) for model, _, by, samples in await self._each(ask)
        ]
        conditions = agent7.CONDITIONS.format(max_tokens)
        return self._result("agent7", conditions, agent7.with_speed_up(rows, baseline))

    async def decode(self, max_tokens: int) -> Result:
        """Four turns a row; see `bench.decode`."""

        async def ask(subject: Subject) -> list[Sample]:
            return [sample async for sample in decode.measure(subject, max_tokens)]

        rows = [
            decode.row_of(model, by, samples, self._limit(folder))
            for model, folder, by, samples in await self._each(ask)
        ]
        return self._result("decode", decode.CONDITIONS.format(max_tokens), rows)

    async def prefill(self, lengths: Sequence[int]) -> Result:
        """Time to the first token; see `bench.prefill`."""

        async def ask(subject: Subject) -> prefill.Found:
            filler = await prefill.tokens_of_filler(subject)
            found = prefill.Found()
            for length in lengths:
                self.tell(f"{length:,} tokens with {subject.by}")
                try:
                    if isinstance(subject, EngineSubject):
                        samples = await prefill.measure_engine(subject, length, filler)
                    else:
                        samples = await prefill.measure_other(subject, length, filler)
                except WindowFull as error:
                    if not found.samples:
                        raise
                    # Past the window there is nothing to measure; what was is kept.
                    found.ended = f"ended at {length:,} tokens: {error}"
                    self.tell(found.ended)
                    break
                found.samples[length] = samples
            return found

        rows = [prefill.row_of(model, by, found) for model, _, by, found in await self._each(ask)]
        return self._result("prefill", prefill.CONDITIONS, rows)

    async def perplexity(self, sequences: Sequence[int], samples: int, text: str) -> Result:
        """Perplexity at each length, by both ways; see `bench.perplexity`."""
        rows: list[Row] = []
        for model, folder in self.models:
            assert folder is not None, "perplexity needs the weights"

            async def ask(subject: PlainSubject, model: str = model) -> dict[int, PerplexityFound]:
                found: dict[int, PerplexityFound] = {}
                for sequence in sequences:
                    self.tell(f"{model}: perplexity at {sequence:,} tokens")
                    found[sequence] = await subject.perplexity(Perplexity(sequence, samples, text))
                return found

            found = await _with(PlainSubject(folder), ask)
            rows += perplexity.rows_of(model, found)
        named = Path(text).name if text else "wikitext-2"
        return self._result("perplexity", perplexity.CONDITIONS.format(samples, named), rows)

    async def _each(
        self, ask: Callable[[Subject], Awaitable[T]]
    ) -> list[tuple[str, Path | None, str, T]]:
        found: list[tuple[str, Path | None, str, T]] = []
        for model, folder in self.models:
            self.tell(f"{model} {f'at {self.base_url}' if self.base_url else 'with carnice-chat'}")
            ours = EngineSubject(self.new_engine(), model, by=self.base_url or OURS)
            samples = await _with(ours, ask)
            found.append((ours.model, folder, ours.by, samples))
            if self.plain and folder is not None:
                self.tell(f"{model} with mlx_lm")
                plain = PlainSubject(folder, float32=self.machine.backend == "cpu")
                found.append((model, folder, plain.by, await _with(plain, ask)))
        if self.baseline_url:
            self.tell(f"the server at {self.baseline_url}")
            server = ServerSubject(self.baseline_url)
            samples = await _with(server, ask)
            found.append((server.model, None, server.by, samples))
        return found

    def _limit(self, folder: Path | None) -> float | None:
        """Tokens a second that the memory bandwidth allows."""
        bandwidth = self.bandwidth or self.machine.bandwidth
        if bandwidth is None or folder is None:
            return None
        half = 4 if self.machine.backend == "cpu" else 2
        streamed = streamed_bytes(folder, half)
        return bandwidth * 1e9 / streamed if streamed else None

    def _result(self, suite: str, conditions: str, rows: Sequence[Row]) -> Result:
        where = f"{self.machine.chip} ({self.machine.backend})"
        if self.base_url:
            where = f"a server, asked from {where}"
        elif self.plain and self.machine.backend == "cpu" and suite != "perplexity":
            conditions += "; mlx_lm in float32 as the engine"
        return new_result(suite, where, conditions, rows)


async def _with(subject: S, ask: Callable[[S], Awaitable[T]]) -> T:
    """Start the subject, ask, and close it, whatever happens."""
    try:
        await subject.start()
        return await ask(subject)
    finally:
        await subject.close()
