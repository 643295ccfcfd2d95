"""The tiny proxy: makes an agent's thinking switch one that mlx_lm.server understands.

mlx_lm.server reads `chat_template_kwargs.enable_thinking` alone; agents send `think: false` or
`reasoning_effort: "none"`. The proxy says the one in terms of the other, adds the model card's
sampling where a request says nothing, and passes everything else on, byte for byte.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import cast

import httpx
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from carnice_tui.serve.body import read_body
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import ApiError, ServeError
from carnice_tui.serve.guard import KEY_HEADER, Guard
from carnice_tui.serve.thinking import SWITCHES, thinking_of

SAMPLING = {"temperature": 0.6, "top_p": 0.95, "top_k": 20}
"""The model card's; mlx_lm.server's own default is greedy."""

OF_ONE_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
    }
)
"""Headers that belong to one connection (RFC 9110, 7.6.1), and the two that are made anew."""

SILENCE = httpx.Timeout(10, read=None)
"""A long prompt may take minutes to its first token; only connecting has a limit (seconds)."""

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_proxy(upstream: str, config: ServeConfig) -> ASGIApp:
    """The proxy before `upstream`, with the server's guard around it.

    Raises:
        ServeError: `upstream` is no http address.
    """
    base = httpx.URL(upstream.rstrip("/").removesuffix("/v1"))
    if base.scheme not in ("http", "https") or not base.host:
        raise ServeError(f"{upstream!r} is no address of a server, such as http://127.0.0.1:8080.")
    client = httpx.AsyncClient(timeout=SILENCE, trust_env=False)

    async def forward(request: Request) -> Response:
        body = await read_body(request, config.limits)
        if request.method == "POST" and request.url.path.endswith("/chat/completions"):
            body = rewritten(body)
        # Built without the client's own headers: the agent's go on, and no others.
        target = httpx.Request(
            request.method,
            base.copy_with(path=request.url.path, query=request.url.query.encode() or None),
            headers=_passed_on(request.headers, keep_key=not config.key),
            content=body,
        )
        try:
            answer = await client.send(target, stream=True)
        except httpx.TransportError as error:
            raise ApiError(
                502, f"The server at {base} does not answer: {type(error).__name__}."
            ) from error
        return StreamingResponse(
            _bytes_of(answer), answer.status_code, _passed_on(answer.headers, keep_key=True)
        )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        yield
        await client.aclose()

    app = Starlette(
        routes=[Route("/{path:path}", forward, methods=METHODS)],
        exception_handlers={ApiError: _refused},
        lifespan=lifespan,
    )
    return Guard(app, config, lambda _status: None)


def rewritten(body: bytes) -> bytes:
    """A chat request as mlx_lm.server understands it; what is none is passed on as it is.

    Raises:
        ApiError: a switch has a value that is none.
    """
    try:
        fields = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    given = fields.get("chat_template_kwargs")
    template = dict(cast("Mapping[str, object]", given)) if isinstance(given, Mapping) else {}
    said = [name for name in SWITCHES if fields.get(name) is not None]
    if said and template.get("enable_thinking") is None:
        template["enable_thinking"] = thinking_of(fields, "on") != "off"
        fields["chat_template_kwargs"] = template
    for name in said:
        del fields[name]
    for name, value in SAMPLING.items():
        if fields.get(name) is None:
            fields[name] = value
    return msgspec.json.encode(fields)


async def _bytes_of(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def _passed_on(headers: Mapping[str, str], *, keep_key: bool) -> dict[str, str]:
    dropped = OF_ONE_HOP if keep_key else OF_ONE_HOP | {"authorization", KEY_HEADER}
    return {name: value for name, value in headers.items() if name.lower() not in dropped}


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return Response(error.body(), error.status, error.headers, "application/json")
