"""Where an endpoint is: its base URL, as people write it."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from carnice_tui.engine.base import EngineError

_ENDINGS = ("/chat/completions", "/completions", "/models")


@dataclass(frozen=True)
class Address:
    """An endpoint. `base` has no slash at its end and usually ends in /v1."""

    base: str
    loopback: bool
    encrypted: bool

    def at(self, path: str) -> str:
        """The URL of one of its paths."""
        return f"{self.base}/{path}"


def address_of(url: str) -> Address:
    """Read a base URL; without a path it is given /v1, and what follows that is left off.

    Raises:
        EngineError: it is no http or https URL, or carries a user name or a password.
    """
    text = url.strip()
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if parts.scheme not in ("http", "https") or not host:
        raise EngineError(
            f"{url!r} is no address of a server: give one such as http://127.0.0.1:8080/v1."
        )
    if parts.username is not None or parts.password is not None:
        raise EngineError(
            "The server's address holds a user name or a password: leave it out, and name the "
            "environment variable with the key by --api-key-env."
        )
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending)
    base = urlunsplit((parts.scheme, parts.netloc, path or "/v1", "", ""))
    return Address(base, _is_loopback(host), parts.scheme == "https")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
