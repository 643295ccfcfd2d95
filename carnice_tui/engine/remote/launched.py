"""`LaunchedEngine`: a model spread over ranks that we start, watch, and ask over HTTP."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import (
    EngineFailed,
    Event,
    LoadProgress,
    ModelLoaded,
    TurnFinished,
)
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.local import Resolver, local_folders
from carnice_tui.engine.remote.engine import RemoteEngine
from carnice_tui.engine.remote.fleet import Fleet
from carnice_tui.engine.remote.plan import LaunchPlan

POLL_SECONDS = 0.5
FIRST = TurnRequest((Message("user", "1"),), sampling=Sampling(temperature=0), max_tokens=1)
"""Answered once every rank has its part of the model: health alone does not say so."""


class LaunchedEngine:
    """Implements `engine.base.Engine` with ranks of `mlx_lm.server`.

    Ranks that are gone are started again by the next turn.
    """

    def __init__(
        self,
        plan: LaunchPlan,
        log: Path,
        resolve: Resolver = local_folders,
        *,
        context_window: int = 0,
    ) -> None:
        """`log` takes what the ranks print. See `LocalEngine` for the rest."""
        self._plan = plan
        self._log = log
        self._resolve = resolve
        self._remote = RemoteEngine(plan.url, context_window=context_window)
        self._fleet: Fleet | None = None
        self._wanted = ""

    @property
    def model(self) -> ModelLoaded | None:
        """See `Engine.model`."""
        return self._remote.model if self._running else None

    @property
    def guides(self) -> bool:
        """See `Engine.guides`."""
        return self._remote.guides

    async def load(self, model: str) -> AsyncGenerator[Event]:
        """See `Engine.load`: starts the ranks and waits until they have answered once."""
        self._wanted = model
        await self._stop_fleet()
        try:
            yield LoadProgress("starting")
            folder = Path(model)
            async for step in self._resolve(model):
                if isinstance(step, Path):
                    folder = step
                else:
                    yield step
            self._plan.check(folder)
            command = self._plan.command(str(folder))
            fleet = self._fleet = await Fleet.start(command, self._plan.ranks(), self._log)
        except CarniceError as error:
            yield EngineFailed(str(error))
            return
        yield LoadProgress("loading")
        async for event in self._first_answer(fleet):
            yield event

    async def turn(self, request: TurnRequest) -> AsyncGenerator[Event]:
        """See `Engine.turn`."""
        if not self._running:
            async for event in self.load(self._wanted):
                yield event
            if not self._running:
                yield TurnFinished("failed")
                return
        async with aclosing(self._remote.turn(request)) as events:
            async for event in events:
                yield await self._explained(event) if isinstance(event, EngineFailed) else event

    def cancel(self) -> None:
        """See `Engine.cancel`."""
        self._remote.cancel()

    def answer_now(self) -> None:
        """See `Engine.answer_now`."""
        self._remote.answer_now()

    async def warm(self, request: TurnRequest) -> None:
        """See `Engine.warm`."""
        await self._remote.warm(request)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._remote.close()
        await self._stop_fleet()

    @property
    def _running(self) -> bool:
        return self._fleet is not None and not self._fleet.problem

    async def _first_answer(self, fleet: Fleet) -> AsyncGenerator[Event]:
        """Wait for the server, then for a token that all ranks made."""
        while not fleet.problem:
            loaded = [event async for event in self._remote.load("")]
            if isinstance(loaded[-1], ModelLoaded):
                break
            await asyncio.sleep(POLL_SECONDS)
        failed: EngineFailed | None = None
        if not fleet.problem:
            async for event in self._remote.turn(FIRST):
                failed = event if isinstance(event, EngineFailed) else failed
        if failed is not None or fleet.problem:
            yield await self._explained(failed or EngineFailed(""))
            await self._stop_fleet()
            return
        fleet.complete()
        assert self._remote.model is not None
        yield self._remote.model

    async def _explained(self, failed: EngineFailed) -> EngineFailed:
        """A failure with what the ranks say to it, if one of them is gone."""
        fleet = self._fleet
        if fleet is None:
            return failed
        await fleet.settled()
        if not fleet.problem:
            return EngineFailed(failed.message, fleet.detail)
        return EngineFailed(
            f"{fleet.problem}{fleet.reason} All were ended, since none can answer alone. What was "
            "said is kept; send your message again and they are started afresh.",
            fleet.detail,
        )

    async def _stop_fleet(self) -> None:
        fleet, self._fleet = self._fleet, None
        if fleet is not None:
            await fleet.stop()
