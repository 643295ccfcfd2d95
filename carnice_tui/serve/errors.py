"""Errors as OpenAI's API gives them: a status, and one JSON object that says what to do."""

import msgspec

from carnice_tui.core.errors import CarniceError

RETRY_SECONDS = 5
"""What a client that was turned away waits: about one short answer of a 27B model."""


class ServeError(CarniceError):
    """The server cannot be started or set up as asked."""


class ErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong. `param` names the field of the request, `code` is for programs."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every error response, and the data of an error event."""

    error: ErrorDetail


class ApiError(CarniceError):
    """A request that is not answered; `status` is HTTP's, `retry_after` in seconds."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.detail = ErrorDetail(message, _kind(status), param, code)
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def body(self) -> bytes:
        """OpenAI's error object as JSON."""
        return msgspec.json.encode(ErrorBody(self.detail))


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """The request cannot be understood, or asks for what this server does not do."""
    return ApiError(400, message, param=param, code=code)


def overflow(window: int, prompt: int) -> ApiError:
    """The conversation is longer than the window, in the words agents look for: they then
    shorten it and ask again."""
    return ApiError(
        400,
        f"This model's maximum context length is {window} tokens. However, your messages "
        f"resulted in {prompt} tokens. Please reduce the length of the messages.",
        param="messages",
        code="context_length_exceeded",
    )


def unavailable(message: str, code: str = "engine_failed") -> ApiError:
    """The engine cannot answer now; a later request may be answered."""
    return ApiError(503, message, code=code, retry_after=RETRY_SECONDS)


def _kind(status: int) -> str:
    match status:
        case 401:
            return "authentication_error"
        case 403:
            return "permission_error"
        case 404:
            return "not_found_error"
        case 429:
            return "rate_limit_error"
        case _:
            return "invalid_request_error" if status < 500 else "server_error"
