"""Errors of ours while the app runs: what was being done ends, the app does not."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from textual.app import App
from textual.widget import Widget

from carnice_tui.core.app_log import write_traceback
from carnice_tui.core.errors import CarniceError
from carnice_tui.core.sanitize import sanitize_line

P = ParamSpec("P")
W = TypeVar("W", bound=Widget | App[Any])

SHOWN_FOR = 12
"""Seconds that it stands on the screen."""


def told(doing: str, error: Exception) -> str:
    """What to say of `error`, whose traceback goes into the log; `doing` begins the sentence."""
    if isinstance(error, CarniceError):
        return str(error)
    what = sanitize_line(f"{type(error).__name__}: {error}")
    log = sanitize_line(write_traceback(error))
    return (
        f"{doing} failed: {what}. This is an error of ours, sorry; everything else goes on. "
        f"The log is {log}."
    )


def survives(
    doing: str,
) -> Callable[
    [Callable[Concatenate[W, P], Awaitable[None]]], Callable[Concatenate[W, P], Awaitable[None]]
]:
    """For workers of a screen or an app: what goes wrong is told there, and ends nothing else."""

    def decorate(
        work: Callable[Concatenate[W, P], Awaitable[None]],
    ) -> Callable[Concatenate[W, P], Awaitable[None]]:
        @wraps(work)
        async def carefully(widget: W, *args: P.args, **kwargs: P.kwargs) -> None:
            try:
                await work(widget, *args, **kwargs)
            except Exception as error:
                text = told(doing, error)
                widget.notify(text, severity="error", timeout=SHOWN_FOR)

        return carefully

    return decorate
