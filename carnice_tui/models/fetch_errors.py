"""Why a model could not be fetched, in one line that says what to do next."""

import errno
from collections.abc import Iterator

from carnice_tui.models.hub_files import InUse, WrongHash


def explain(repository: str, error: BaseException) -> str:
    """One line that says why `repository` could not be fetched and what to do next."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    causes = list(causes_of(error))
    again = f"carnice-chat models pull {repository}"
    if constants.HF_HUB_OFFLINE or any(isinstance(e, OfflineModeIsEnabled) for e in causes):
        return (
            f"Model {repository} is not on this machine, and HF_HUB_OFFLINE forbids fetching it. "
            f"Fetch it with: HF_HUB_OFFLINE=0 {again}"
        )
    for cause in causes:
        if isinstance(cause, GatedRepoError):
            return (
                f"Model {repository} is given only to those who accepted its terms: open "
                f"https://huggingface.co/{repository}, then run: hf auth login"
            )
        if isinstance(cause, RepositoryNotFoundError):
            return (
                f"The hub knows no model {repository}, or it is private: check the name, "
                "or log in with: hf auth login"
            )
        if isinstance(cause, HfHubHTTPError):
            status = cause.response.status_code
            if status == 429:
                wait = retry_after(cause)
                when = f"In {wait:.0f} s" if wait else "Later"
                return f"The hub asks to wait: too many requests. {when}, run again: {again}"
            if status == 401:
                return (
                    f"The hub wants to know who asks for {repository} (401): log in with: "
                    "hf auth login"
                )
            return f"Fetching {repository} failed: the hub answered {status}. Run again: {again}"
        if isinstance(cause, WrongHash):
            return (
                f"{cause} of {repository} did not arrive as the hub has it (its SHA-256 differs) "
                f"and was deleted. Run again: {again}"
            )
        if isinstance(cause, InUse):
            return (
                f"{repository} is being fetched already, by another carnice-chat: wait for it, "
                "or end it."
            )
        if isinstance(cause, OSError) and cause.errno == errno.ENOSPC:
            return (
                f"There is no room for {repository}: {cause.strerror}. Make room, or set HF_HOME "
                f"to a larger disk, and run again: {again}"
            )
        if isinstance(cause, PermissionError):
            return (
                f"The model cache cannot be written: {cause.filename}: {cause.strerror}. Set "
                f"HF_HOME to a folder of yours and run again: {again}"
            )
        if isinstance(cause, LookupError) and type(cause) is LookupError:
            return f"{repository} cannot be used: {cause}."
    reason = one_line(causes[-1])
    return (
        f"Model {repository} is not on this machine, and fetching it stopped ({reason}). When you "
        f"are online, this goes on where it stopped: {again}"
    )


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def one_line(error: BaseException) -> str:
    """The first line of what it says."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:200]


def retry_after(error: BaseException) -> float | None:
    """Seconds that the hub asks to wait, if `error` is that it was asked too often."""
    from huggingface_hub.errors import HfHubHTTPError

    for cause in causes_of(error):
        if isinstance(cause, HfHubHTTPError) and cause.response.status_code == 429:
            try:
                return max(0.0, float(cause.response.headers.get("Retry-After", "")))
            except ValueError:
                return None
    return None
