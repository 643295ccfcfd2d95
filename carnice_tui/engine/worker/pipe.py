"""The worker's end of the pipe: requests in through a thread, events out in small batches."""

import os
import queue
import socket
import threading
import time
from collections.abc import Callable

from carnice_tui.core.events import (
    AnswerDelta,
    Event,
    ReasoningDelta,
    TokenLogprob,
    ToolCallDelta,
)
from carnice_tui.core.wire import (
    AnswerNow,
    Cancel,
    Done,
    Hello,
    MalformedFrame,
    Reply,
    Request,
    Shutdown,
    pack,
    request_reader,
)

BATCH_SECONDS = 0.02
"""Deltas closer together than this leave as one: the screen is drawn at 20-30 Hz, and each
wake-up of the app costs a core's time that decoding wants on a small machine."""

GRACE_SECONDS = 10.0
"""How long a worker whose parent has gone may take to come to an end by itself."""

_DELTAS = (AnswerDelta, ReasoningDelta, ToolCallDelta)


class Inbox:
    """Requests in order; cancelling and answering-now take effect at once."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._queue: queue.Queue[tuple[Request, float]] = queue.Queue()
        self._cancelled: set[int] = set()
        self._answer_now: set[int] = set()
        self.closed = False

    def start(self) -> None:
        """Read in a thread of its own, for as long as the parent lives."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def next(self) -> tuple[Request, float]:
        """The next request, and when it arrived (`time.perf_counter`)."""
        return self._queue.get()

    def within(self, seconds: float) -> tuple[Request, float] | None:
        """The next request as `next` gives it, if it comes so soon."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            return None

    @property
    def waiting(self) -> bool:
        """Whether a request is there to be worked on."""
        return not self._queue.empty()

    def is_cancelled(self, request: int) -> bool:
        """Whether the parent has gone or wants `request` stopped."""
        return self.closed or request in self._cancelled

    def is_answer_now(self, request: int) -> bool:
        """Whether `request` should stop thinking; asked once it is true."""
        return request in self._answer_now

    def forget(self, request: int) -> None:
        """`request` is finished."""
        self._cancelled.discard(request)
        self._answer_now.discard(request)

    def _read(self) -> None:
        reader = request_reader()
        try:
            while data := self._connection.recv(1 << 16):
                for request in reader.feed(data):
                    self._take(request)
        except (OSError, MalformedFrame):
            pass
        # The parent has gone (or speaks nonsense): stop the turn, then the process. A load
        # or a long chunk cannot be interrupted, so the process ends by force after a while.
        self.closed = True
        self._queue.put((Shutdown(0), time.perf_counter()))
        time.sleep(GRACE_SECONDS)
        os._exit(0)

    def _take(self, request: Request) -> None:
        match request:
            case Cancel(turn=turn):
                self._cancelled.add(turn)
            case AnswerNow(turn=turn):
                self._answer_now.add(turn)
            case _:
                self._queue.put((request, time.perf_counter()))


class Outbox:
    """Events to the parent; text that comes quickly is put together."""

    def __init__(
        self, connection: socket.socket, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._held: AnswerDelta | ReasoningDelta | ToolCallDelta | None = None
        self._texts: list[str] = []
        self._tokens = 0
        self._logprobs: list[TokenLogprob] = []
        self._request = 0
        self._sent = 0.0

    def hello(self, hello: Hello) -> None:
        """The first frame."""
        self._connection.sendall(pack(hello))

    def event(self, request: int, event: Event) -> None:
        """Send an event that answers `request`, after all text before it."""
        if isinstance(event, _DELTAS):
            self._text(request, event)
            return
        self.flush()
        self._connection.sendall(pack(Reply(request, event)))

    def done(self, request: int) -> None:
        """Say that `request` is finished."""
        self.flush()
        self._connection.sendall(pack(Done(request)))

    def flush(self) -> None:
        """Send the text that is held."""
        if self._held is None:
            return
        text, tokens = "".join(self._texts), self._tokens
        event = (
            AnswerDelta(text, tokens, tuple(self._logprobs))
            if isinstance(self._held, AnswerDelta)
            else type(self._held)(text, tokens)
        )
        self._held, self._texts, self._tokens, self._logprobs = None, [], 0, []
        self._sent = self._clock()
        self._connection.sendall(pack(Reply(self._request, event)))

    def _text(self, request: int, event: AnswerDelta | ReasoningDelta | ToolCallDelta) -> None:
        if self._held is not None and type(self._held) is not type(event):
            self.flush()
        self._held, self._request = event, request
        self._texts.append(event.text)
        self._tokens += event.tokens
        if isinstance(event, AnswerDelta):
            self._logprobs += event.logprobs
        if self._clock() - self._sent >= BATCH_SECONDS:
            self.flush()
