"""`RemoteEngine`: an engine behind a URL."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from carnice_tui.core.events import (
    EngineFailed,
    Event,
    FinishReason,
    LoadProgress,
    ModelLoaded,
    Notice,
    ReasoningDelta,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.remote.address import Address, address_of
from carnice_tui.engine.remote.body import LONG_ANSWER, body_of, thought_closed
from carnice_tui.engine.remote.chunks import ModelEntry, ModelList
from carnice_tui.engine.remote.connection import Connection, Refused, Unreached, key_in
from carnice_tui.engine.remote.exchange import RETRY_SECONDS, TRIES, Exchange, Stop, Stopped
from carnice_tui.engine.remote.listening import Listening
from carnice_tui.engine.remote.models import can_close_thought, can_continue, choose
from carnice_tui.engine.remote.problems import Refusal, told

CANNOT_HURRY = (
    "This server cannot be told to stop thinking in the middle of an answer (carnice-chat serve "
    "can): it thinks on. Stop it with Esc, and ask again with thinking off or with a budget."
)


class RemoteEngine:
    """Implements `engine.base.Engine` over any OpenAI-compatible endpoint."""

    def __init__(self, base_url: str, *, key_variable: str = "", context_window: int = 0) -> None:
        """`key_variable` names the environment variable with the key; `context_window`
        (tokens) holds where the server names none.

        Raises:
            EngineError: `base_url` is no address of a server.
        """
        self._address: Address = address_of(base_url)
        self._key_variable = key_variable
        self._context_window = context_window
        self._connection: Connection | None = None
        self._model: ModelLoaded | None = None
        self._entry = ModelEntry("")
        self._wanted = ""
        self._answer_limit = 0
        self._unwanted: set[str] = set()
        self._generating = asyncio.Lock()
        self._stop: Stop | None = None
        self._hurried = False

    @property
    def model(self) -> ModelLoaded | None:
        """See `Engine.model`."""
        return self._model

    @property
    def guides(self) -> bool:
        """See `Engine.guides`: forms other than JSON schemas cannot be asked of a server."""
        return False

    async def load(self, model: str) -> AsyncGenerator[Event]:
        """See `Engine.load`: asks whether the server is there and has this model."""
        self._wanted = model
        async with self._generating:
            async for event in self._load():
                yield event

    async def turn(self, request: TurnRequest) -> AsyncGenerator[Event]:
        """See `Engine.turn`."""
        async with self._generating:
            self._stop = Stop()
            try:
                if self._model is None:
                    async for event in self._load():
                        yield event
                if self._model is None:
                    yield TurnFinished("failed")
                    return
                async with aclosing(self._answer(request, self._model)) as events:
                    async for event in events:
                        yield event
            finally:
                self._stop = None

    def cancel(self) -> None:
        """See `Engine.cancel`: the connection is closed, which stops the server."""
        if self._stop is not None:
            self._stop.say()

    def answer_now(self) -> None:
        """See `Engine.answer_now`: our own server is asked to go on with the thought closed;
        no other has such a request, and the person is told so."""
        self._hurried = self._stop is not None

    async def warm(self, request: TurnRequest) -> None:
        """See `Engine.warm`: a server keeps its own cache."""
        del request

    async def close(self) -> None:
        """See `Engine.close`."""
        self.cancel()
        connection, self._connection = self._connection, None
        self._model = None
        if connection is not None:
            await connection.close()

    async def _load(self) -> AsyncGenerator[Event]:
        self._model = None
        base = self._address.base
        yield LoadProgress("starting")
        try:
            listed, server = await self._listed(TRIES)
            chosen = choose(self._wanted, listed, server, base)
        except Refused as refused:
            if refused.refusal.status != 404:
                yield EngineFailed(told(refused.refusal, base, self._wanted, self._key_variable))
                return
            chosen = choose(self._wanted, None, "", base)
        except EngineError as error:
            yield EngineFailed(str(error))
            return
        self._entry = chosen
        window = chosen.window or self._context_window
        self._answer_limit = 0 if chosen.window else LONG_ANSWER
        if self._key_variable and not (self._address.encrypted or self._address.loopback):
            yield Notice("warning", f"The key goes to {base} unencrypted: anyone between can read.")
        self._model = ModelLoaded(
            name=chosen.id,
            path=base,
            model_type="remote",
            backend="remote",
            context_window=window,
            has_thinking=True,
            has_tools=True,
        )
        yield self._model

    async def _listed(self, tries: int) -> tuple[ModelList, str]:
        """What the server has; it may just be starting."""
        try:
            return await self._connected().models()
        except Unreached:
            if tries <= 1:
                raise
        await asyncio.sleep(RETRY_SECONDS)
        return await self._listed(tries - 1)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._address, key_in(self._key_variable))
        return self._connection

    async def _answer(self, request: TurnRequest, model: ModelLoaded) -> AsyncGenerator[Event]:
        if request.resume and not can_continue(self._entry, request.messages[-1]):
            yield Notice(
                "error",
                f"{self._address.base} is not known to go on in the middle of an answer "
                "(carnice-chat serve does, vLLM and SGLang do): regenerate it instead.",
            )
            yield TurnFinished("failed")
            return
        listening = Listening(
            time.perf_counter(),
            model.context_window,
            request.sampling.seed,
            continued=request.resume and bool(request.messages[-1].content),
        )
        cut: FinishReason | None = None
        problem = ""
        try:
            async with aclosing(self._hastened(request, model, listening)) as events:
                async for event in events:
                    yield event
        except Refused as refused:
            yield self._refused(refused.refusal, model)
            overflow = refused.refusal.is_overflow
            stats = TurnStats(context_window=model.context_window)
            yield TurnFinished("context-full", stats) if overflow else TurnFinished("failed")
            return
        except Stopped:
            cut = "cancelled"
        except EngineError as error:
            cut, problem = "failed", str(error)
        for event in listening.finish():
            yield event
        if problem:
            yield EngineFailed(problem)
        yield TurnFinished(cut or listening.reason(), listening.stats())

    async def _hastened(
        self, request: TurnRequest, model: ModelLoaded, listening: Listening
    ) -> AsyncGenerator[Event]:
        """The events of the answer. Where it is wanted now, the thought is left as it is, and
        the answer asked for that follows it."""
        self._hurried = False
        async with aclosing(self._heard(request, model, listening)) as events:
            async for event in events:
                yield event
                if not self._hurried:
                    continue
                self._hurried = False
                if not can_close_thought(self._entry, request):
                    yield Notice("info", CANNOT_HURRY)
                elif isinstance(event, ReasoningDelta):
                    break
            else:
                return
        rest = thought_closed(request, listening.close_thought(), listening.drawn)
        async with aclosing(self._heard(rest, model, listening)) as events:
            async for event in events:
                yield event

    def _refused(self, refusal: Refusal, model: ModelLoaded) -> Event:
        if refusal.is_overflow:
            return Notice(
                "error",
                f"This conversation is too long for the server: {refusal.text} Start a new "
                "session, or remove an attachment.",
            )
        base = self._address.base
        return EngineFailed(told(refusal, base, model.name, self._key_variable))

    def _heard(
        self, request: TurnRequest, model: ModelLoaded, listening: Listening
    ) -> AsyncGenerator[Event]:
        """The events of the answer; asks again where nothing of it has come."""
        assert self._stop is not None
        exchange = Exchange(self._connected(), self._address.base, self._stop, self._unwanted)
        path = "completions" if request.text is not None else "chat/completions"
        body = body_of(request, model.name, answer_limit=self._answer_limit)
        return exchange.events(path, body, listening)
