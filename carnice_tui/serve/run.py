"""Binds the socket and runs the server until it is told to stop."""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from carnice_tui.engine.base import Engine
from carnice_tui.serve.app import build_app
from carnice_tui.serve.config import Limits, ServeConfig
from carnice_tui.serve.errors import ServeError
from carnice_tui.serve.guard import is_loopback
from carnice_tui.serve.protocol import patient_protocol

GRACE_SECONDS = 5
"""How long answers under way may take to end when the server is stopped."""

IDLE_SECONDS = 75
"""How long a connection may stay open between requests."""


def bind(config: ServeConfig) -> socket.socket:
    """A listening socket. Done before the model is loaded, so that a taken port is told at once.

    Raises:
        ServeError: it cannot be bound, or would be open to other machines without a key.
    """
    if not config.key and not is_loopback(config.host):
        raise ServeError(
            f"{config.host} can be reached from other machines, so the server needs a key: "
            "leave out --no-key."
        )
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        raise ServeError(
            f"Listening on {config.host}:{config.port} failed: {error.strerror or error}. "
            "Choose another one with --host and --port."
        ) from error
    return listening


class Server(uvicorn.Server):
    """uvicorn, told first to end the turns under way when it is asked to stop."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGINT or SIGTERM: the second one waits no more."""
        self._stopping()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """As uvicorn's, but the signals are not raised again at the end: that is our exit."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread hears signals
            return
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def make_server(engine: Engine, config: ServeConfig) -> Server:
    """The server over `engine`, which has its model loaded."""
    app, scheduler = build_app(engine, config)
    return server_of(app, config.limits, scheduler.close)


def server_of(app: ASGIApp, limits: Limits, stopping: Callable[[], None]) -> Server:
    """A server of `app` that keeps the limits; `stopping` is called before it waits for the
    answers under way."""
    options = uvicorn.Config(
        app,
        http=patient_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=limits.header_bytes,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(options, stopping)
