"""What went wrong at an endpoint, in words for the person who waits for the answer."""

import re
from dataclasses import dataclass
from typing import Any, cast

import msgspec

MOST_RETRY_SECONDS = 30.0
"""A server that asks for more patience than this is told of, not waited for."""

_OVERFLOW = re.compile(
    r"maximum context length|context_length_exceeded|context (size|window|length)|"
    r"prompt is too long|too many tokens",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Refusal:
    """An answer that is no answer. `retry_after` in seconds, where the server names it."""

    status: int
    text: str
    retry_after: float | None = None

    @property
    def is_overflow(self) -> bool:
        """Whether the prompt is longer than the window."""
        return self.status in (400, 413, 422) and bool(_OVERFLOW.search(self.text))

    @property
    def is_busy(self) -> bool:
        """Whether the same request may be taken a little later."""
        return self.status in (429, 503)

    @property
    def waits(self) -> float | None:
        """Seconds after which to ask again; None: do not."""
        if not self.is_busy:
            return None
        wait = 1.0 if self.retry_after is None else self.retry_after
        return wait if wait <= MOST_RETRY_SECONDS else None


def refused_field(refusal: Refusal, fields: tuple[str, ...], body: dict[str, Any]) -> str:
    """Which of the optional fields in `body` the server does not want; "" for none."""
    if refusal.status not in (400, 422):
        return ""
    return next((name for name in fields if name in body and name in refusal.text), "")


def told(refusal: Refusal, base: str, model: str, key_variable: str) -> str:
    """The refusal as a sentence and what to do."""
    said = f": {refusal.text}" if refusal.text else "."
    match refusal.status:
        case 401 | 403:
            how = (
                f"Check the key in {key_variable}"
                if key_variable
                else "Name the environment variable that holds the key: --api-key-env NAME"
            )
            return f"The server at {base} refused access ({refusal.status}). {how}."
        case 404:
            return (
                f"The server at {base} has no model {model!r}, or nothing at this address "
                f"(404){said} Try --model with one it lists, or another --base-url."
            )
        case 429:
            wait = refusal.retry_after
            when = f"in {wait:.0f} s" if wait is not None else "later"
            return f"The server at {base} has too much to do (429){said} Try again {when}."
        case status if status >= 500:
            return f"The server at {base} failed ({status}){said} Look into its log."
        case status:
            return f"The server at {base} refused the request ({status}){said}"


def message_in(content: bytes) -> str:
    """What an error's body says: OpenAI's shape, a plain string, or the text itself."""
    try:
        error: object = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return " ".join(content[:300].decode("utf-8", "replace").split())
    return error_text(error)


def error_text(error: object) -> str:
    """The sentence in an error object, whichever shape it has."""
    for _ in range(4):
        if not isinstance(error, dict):
            break
        fields = cast("dict[str, object]", error)
        error = next((fields[k] for k in ("error", "message", "detail") if fields.get(k)), "")
    return " ".join(str(error).split())[:500]


def retry_after(header: str | None) -> float | None:
    """Seconds in a Retry-After header; dates are not understood."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e6 else None
