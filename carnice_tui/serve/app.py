"""The application: which path is answered by what."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from carnice_tui.engine.base import Engine
from carnice_tui.serve.api import Api
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import ApiError, ServeError
from carnice_tui.serve.guard import Guard
from carnice_tui.serve.metrics import Metrics
from carnice_tui.serve.scheduler import Scheduler


def build_app(engine: Engine, config: ServeConfig) -> tuple[ASGIApp, Scheduler]:
    """The server over `engine`, which has its model loaded, and the line before it.

    Raises:
        ServeError: no model is loaded.
    """
    if engine.model is None:
        raise ServeError("There is no model to serve: load one first.")
    scheduler = Scheduler(engine, config.limits.queue)
    api = Api(scheduler, config, Metrics(scheduler), engine.model, int(time.time()))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        running = asyncio.create_task(scheduler.run(), name="answering one after the other")
        try:
            yield
        finally:
            scheduler.close()
            await running

    app = Starlette(
        routes=[
            Route("/v1/models", api.models, methods=["GET"]),
            Route("/v1/models/{name:path}", api.model, methods=["GET"]),
            Route("/v1/chat/completions", api.chat, methods=["POST"]),
            Route("/v1/completions", api.completions, methods=["POST"]),
            Route("/v1/responses", api.responses, methods=["POST"]),
            Route("/health", api.health, methods=["GET"]),
            Route("/metrics", api.figures, methods=["GET"]),
        ],
        exception_handlers={
            HTTPException: _http_error,
            ApiError: _api_error,
            Exception: _unexpected_error,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a probe for another server is not found, slash or not
    return Guard(app, config, api.metrics.answered), scheduler


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    wrong = ApiError(error.status_code, f"{error.detail}: {request.method} {request.url.path}")
    wrong.headers.update(error.headers or {})
    return await _api_error(request, wrong)


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return Response(error.body(), error.status, error.headers, "application/json")


async def _unexpected_error(request: Request, _error: Exception) -> Response:
    return await _api_error(request, ApiError(500, "The server failed; its log says how."))
