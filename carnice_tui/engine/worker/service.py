"""The worker's main loop: one request at a time, each answered with events and a Done."""

import sys
import traceback
from pathlib import Path

from carnice_tui.core.errors import CarniceError
from carnice_tui.core.events import EngineFailed, TurnFinished
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.wire import Load, Request, Shutdown, Turn, Unload, Warm
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.clock import Control
from carnice_tui.engine.worker.loading import LoadedModel
from carnice_tui.engine.worker.pipe import Inbox, Outbox
from carnice_tui.engine.worker.prefixfile import PrefixFiles, identity_of
from carnice_tui.engine.worker.turn import Turns

QUIET_SECONDS = 2.0
"""Files are written once nobody has asked for so long. An agent asks again as soon as its tool has
run, and would wait for the disk: at 27B and 14,000 tokens for about a gigabyte."""


class Service:
    """Owns the model and works through the inbox."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._turns: Turns | None = None

    def serve(self) -> None:
        """Work until the parent says so or goes away."""
        while True:
            request, arrived = self._next()
            if isinstance(request, Shutdown):
                self._keep()
                return
            try:
                self._handle(request, arrived)
            except BrokenPipeError:
                return
            except CarniceError as error:
                self._fail(request, str(error))
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                self._fail(request, f"The engine met an error it did not expect: {error}")
            self._inbox.forget(request.id)
            self._outbox.done(request.id)

    def _next(self) -> tuple[Request, float]:
        """The next request; what is worth a file is written while none comes."""
        if self._turns is not None and self._turns.caches.keeps_waiting:
            soon = self._inbox.within(QUIET_SECONDS)
            if soon is not None:
                return soon
            self._keep()
        return self._inbox.next()

    def _keep(self) -> None:
        if self._turns is not None:
            self._turns.caches.keep()

    def _handle(self, request: Request, arrived: float) -> None:
        match request:
            case Load():
                self._load(request)
            case Turn(id=number, request=asked):
                self._turn(number, asked, arrived)
            case Warm(id=number, request=asked):
                if self._turns is not None:
                    for event in self._turns.warm(asked, lambda: self._is_wanted(number)):
                        self._outbox.event(number, event)
            case Unload():
                self._turns = None
            case _:
                pass

    def _load(self, request: Load) -> None:
        self._turns = None
        for step in loading.load(Path(request.path), request.name, request.context_window):
            if isinstance(step, LoadedModel):
                self._turns = Turns(step, _files(request, step))
                self._outbox.event(request.id, step.info)
            else:
                self._outbox.event(request.id, step)

    def _turn(self, number: int, request: TurnRequest, arrived: float) -> None:
        if self._turns is None:
            raise CarniceError("No model is loaded: choose one before you ask.")
        control = Control(
            cancelled=lambda: self._inbox.is_cancelled(number),
            answer_now=lambda: self._inbox.is_answer_now(number),
        )
        try:
            for event in self._turns.run(request, control, arrived):
                self._outbox.event(number, event)
        except BaseException:
            # Whatever is in the cache now is not known: read everything again next time.
            self._turns.cache.reset()
            raise

    def _is_wanted(self, number: int) -> bool:
        """Whether warming must give way: to a request, a cancel, or the end."""
        return self._inbox.waiting or self._inbox.is_cancelled(number)

    def _fail(self, request: Request, message: str) -> None:
        self._outbox.event(request.id, EngineFailed(message))
        if isinstance(request, Turn):
            self._outbox.event(request.id, TurnFinished("failed"))


def _files(request: Load, loaded: LoadedModel) -> PrefixFiles | None:
    if not request.prefix_folder or not request.prefix_bytes:
        return None
    return PrefixFiles(
        Path(request.prefix_folder),
        request.prefix_bytes,
        loaded.model,
        identity_of(loaded.info),
    )
