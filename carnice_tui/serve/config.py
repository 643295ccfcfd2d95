"""How a server is set up: what it says of itself, and where its limits lie."""

from dataclasses import dataclass, field

from carnice_tui.core.settings import Settings


@dataclass(frozen=True)
class Limits:
    """What one request may take. Sizes say their unit; times are seconds."""

    body_bytes: int = 16 * 1024 * 1024
    """A conversation that fills a window of 262k tokens is about 1 MB of JSON."""
    header_bytes: int = 32 * 1024
    messages: int = 4096
    tools: int = 256
    depth: int = 64
    """How deeply the JSON of a request may be nested."""
    answer_tokens: int = 0
    """No answer is longer; 0: as far as the window reaches."""
    queue: int = 64
    """Requests that may wait while one is answered."""
    connections: int = 512
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    send_seconds: float = 60.0
    """How long a client may leave what was sent to it unread."""
    keepalive_seconds: float = 10.0
    """An empty delta is sent after so much silence: agents take longer silence for death."""


@dataclass(frozen=True)
class ServeConfig:
    """A server: whom it listens to and how it answers where a request does not say.

    `key` "" asks for none. `hosts` are names a request's Host may have, `origins` the web
    pages that may ask from a browser; both exact, no wildcards.
    """

    host: str = "127.0.0.1"
    port: int = 8377
    key: str = ""
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    settings: Settings = field(default_factory=Settings)
    limits: Limits = Limits()
