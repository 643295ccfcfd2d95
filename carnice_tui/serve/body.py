"""Reads the body of a request: no more than is allowed, no longer than is allowed, JSON only."""

import asyncio
import re
from collections.abc import Mapping
from typing import TypeVar, cast

import msgspec
from starlette.requests import ClientDisconnect, Request

from carnice_tui.core.nesting import is_deeper
from carnice_tui.serve.config import Limits
from carnice_tui.serve.errors import ApiError, bad_request

T = TypeVar("T")

_MISSING = re.compile(r"Object missing required field `([^`]+)`")

JSON = "application/json"

CLOSE = {"Connection": "close"}
"""The rest of a body that is not wanted is not read either."""


async def read_json(request: Request, limits: Limits) -> dict[str, object]:
    """The JSON object in the body of `request`.

    Raises:
        ApiError: too large (413), too slow (408), of another kind or packed (415), or no JSON
            object (400).
    """
    kind = request.headers.get("content-type", JSON).partition(";")[0]
    if kind.strip().lower() != JSON:
        raise ApiError(415, f"Send JSON: Content-Type: {JSON}.", headers=CLOSE)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "Send the body as it is, without Content-Encoding.", headers=CLOSE)
    return parse_json(await read_body(request, limits), limits)


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body of `request`.

    Raises:
        ApiError: too large (413), too slow (408).
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limits.body_bytes:
        raise _too_large(limits)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise _too_large(limits)
    except TimeoutError:
        raise ApiError(
            408, f"The body did not come within {limits.body_seconds:.0f} s.", headers=CLOSE
        ) from None
    except ClientDisconnect:
        raise ApiError(400, "The client went away.", headers=CLOSE) from None
    return bytes(body)


def parse_json(body: bytes, limits: Limits) -> dict[str, object]:
    """`body` as a JSON object that is not nested too deeply.

    Raises:
        ApiError: it is none.
    """
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"The body is no valid JSON: {error}.") from None
    except RecursionError:
        raise _too_deep(limits) from None
    if not isinstance(value, dict):
        raise bad_request("The body must be a JSON object.")
    fields = cast("dict[str, object]", value)
    if is_deeper(fields, limits.depth):
        raise _too_deep(limits)
    return fields


def converted(fields: Mapping[str, object], kind: type[T]) -> T:
    """`fields` as a `kind`.

    Raises:
        ApiError: a field is missing or of another type; its name is in the message.
    """
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        missing = _MISSING.match(text)
        path = (where.rstrip("`") + (f".{missing[1]}" if missing else "")).lstrip(".") or None
        named = f"{path}: {text}" if path else text
        raise bad_request(f"{named}.", param=path) from None


def _too_large(limits: Limits) -> ApiError:
    return ApiError(
        413,
        f"The body is larger than {limits.body_bytes:,} bytes, the most that is taken here.",
        headers=CLOSE,
    )


def _too_deep(limits: Limits) -> ApiError:
    return bad_request(f"The JSON is nested more than {limits.depth} levels deep.")
