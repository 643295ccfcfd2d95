"""Who may ask: refuses rebound names, foreign web pages and wrong keys before anything is read."""

import hashlib
import hmac
import ipaddress
import logging
import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import ApiError, bad_request

_log = logging.getLogger(__name__)

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-]+)(?::(\d{1,5}))?")

KEY_HEADER = "x-api-key"
"""Where some clients put the key that others send as `Authorization: Bearer`."""

ONCE = (
    *(b"host", b"content-length", b"transfer-encoding", b"authorization", b"origin"),
    KEY_HEADER.encode(),
)
"""Headers that must not come twice: two readers could each take another one."""

OPEN_PATHS = frozenset({"/health"})
"""What may be asked without a key: it tells nothing but that the server lives."""


class Guard:
    """An ASGI layer around the whole application; errors of it end here as well."""

    def __init__(self, app: ASGIApp, config: ServeConfig, answered: Callable[[int], None]) -> None:
        self._app = app
        self._config = config
        self._answered = answered
        self._key_digest = _digest(config.key.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with the reason why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = ""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._answered(message["status"])
                message["headers"] = [*message.get("headers", []), *_cors(origin)]
            await send(message)

        try:
            headers = _headers_of(scope, self._config.limits.header_bytes)
            self._check_host(headers.get(b"host"))
            origin = self._allowed_origin(headers)
            if origin and scope["method"] == "OPTIONS":
                await _plain(sending, 204, b"", _PREFLIGHT)
                return
            if scope["path"] not in OPEN_PATHS:
                self._check_key(headers)
            await self._app(scope, receive, sending)
        except ApiError as error:
            if not begun:
                await refuse(sending, error)
        except Exception:
            _log.exception("a request failed: %s %s", scope["method"], scope["path"])
            if not begun:
                await refuse(sending, ApiError(500, "The server failed; its log says how."))

    def _check_host(self, host: bytes | None) -> None:
        found = _HOST.fullmatch((host or b"").decode("latin-1"))
        name = found[1].strip("[]").lower() if found else ""
        if _names_this_machine(name) or name in self._config.hosts:
            return
        # A plain address cannot be rebound, and is how other machines come.
        if is_loopback(self._config.host) or not _is_address(name):
            raise ApiError(
                403,
                "This Host is not one of mine. Allow it with --allow-host.",
                code="host_not_allowed",
            )

    def _allowed_origin(self, headers: dict[bytes, bytes]) -> str:
        """The web page that asks, if it may; "" where no page asks.

        Raises:
            ApiError: a page that was not allowed.
        """
        origin = headers.get(b"origin")
        if origin is not None:
            text = origin.decode("latin-1")
            if text in self._config.origins:
                return text
        elif headers.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin"):
            return ""
        raise ApiError(
            403,
            "Web pages may not ask this server. Allow one with --allow-origin.",
            code="origin_not_allowed",
        )

    def _check_key(self, headers: dict[bytes, bytes]) -> None:
        """One of the keys that were sent must be the right one: some clients send two."""
        if not self._config.key:
            return
        scheme, _, bearer = headers.get(b"authorization", b"").partition(b" ")
        sent = [bearer if scheme.lower() == b"bearer" else b""] if scheme else []
        sent += [headers[name] for name in (KEY_HEADER.encode(),) if name in headers]
        # Digests have one length, so that not even the key's length can be timed.
        right = [hmac.compare_digest(_digest(key.strip()), self._key_digest) for key in sent]
        if not any(right):
            raise ApiError(
                401,
                "Wrong or no API key: send Authorization: Bearer KEY, or x-api-key: KEY, with the "
                "key that carnice-chat serve printed when it started.",
                code="invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    if not _is_address(host):
        return False
    address = ipaddress.ip_address(host)
    # Python counts ::ffff:127.0.0.1 as loopback only from 3.13 on.
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (inner or address).is_loopback


def _names_this_machine(name: str) -> bool:
    """Whether `name`, as a client calls the server, can mean nothing but this machine.

    Names that end in `.localhost` belong to nobody (RFC 6761, 6.3): no page can be served from
    one of them elsewhere and then be bound to this machine.
    """
    plain = name.removesuffix(".")
    return is_loopback(plain) or plain.endswith(".localhost")


async def refuse(send: Send, error: ApiError) -> None:
    """Answer with an error, and close: what follows on the connection is not trusted."""
    headers = {"content-type": "application/json", "connection": "close"}
    headers |= {name.lower(): value for name, value in error.headers.items()}
    await _plain(send, error.status, error.body(), headers)


_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": f"authorization, {KEY_HEADER}, content-type",
    "access-control-max-age": "600",
}


def _headers_of(scope: Scope, most: int) -> dict[bytes, bytes]:
    raw: list[tuple[bytes, bytes]] = scope["headers"]
    if sum(len(name) + len(value) for name, value in raw) > most:
        raise ApiError(431, f"The headers are larger than {most:,} bytes.")
    headers = dict(raw)
    for name in ONCE:
        if sum(name == one for one, _ in raw) > 1:
            raise bad_request(f"The header {name.decode()} came more than once.")
    if b"content-length" in headers and b"transfer-encoding" in headers:
        raise bad_request("Content-Length and Transfer-Encoding exclude each other.")
    return headers


def _cors(origin: str) -> list[tuple[bytes, bytes]]:
    if not origin:
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]


async def _plain(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    fields = headers | {"content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
