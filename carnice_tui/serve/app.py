"""The application: which path is answered by what."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from carnice_tui.core.events import ModelLoaded
from carnice_tui.engine.base import Engine
from carnice_tui.serve.answering import Answering, Asked, StreamAnswering, WholeAnswering
from carnice_tui.serve.body import read_json
from carnice_tui.serve.chat_form import ChatStream, ChatWhole
from carnice_tui.serve.chat_request import parse_chat, turn_of
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import ApiError, unavailable
from carnice_tui.serve.fields import ignored
from carnice_tui.serve.guard import Guard
from carnice_tui.serve.metrics import CONTENT_TYPE, Metrics
from carnice_tui.serve.scheduler import Scheduler

NAMED_FIELDS = 16
"""How many ignored fields a response names."""


def build_app(engine: Engine, config: ServeConfig) -> tuple[ASGIApp, Scheduler]:
    """The server over `engine`, which has its model loaded, and the line before it."""
    scheduler = Scheduler(engine, config.limits.queue)
    if engine.model is None:
        raise unavailable("No model is loaded.")
    api = Api(scheduler, config, Metrics(scheduler), engine.model, int(time.time()))

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:  # noqa: ARG001
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
    return Guard(app, config, api.metrics.answered), scheduler


@dataclass(frozen=True)
class Api:
    """What each path does."""

    scheduler: Scheduler
    config: ServeConfig
    metrics: Metrics
    loaded: ModelLoaded
    started: int

    async def chat(self, request: Request) -> Answering:
        """POST /v1/chat/completions."""
        fields = await read_json(request, self.config.limits)
        body = parse_chat(fields)
        turn = turn_of(body, fields, self.config)
        lane = body.user or body.safety_identifier or _peer(request)
        asked = Asked(
            self.scheduler.submit(turn, lane),
            self.config.limits,
            self.metrics,
            one_call=body.parallel_tool_calls is False,
            headers=_telling_ignored(fields),
        )
        if not body.stream:
            return WholeAnswering(asked, ChatWhole(self.model_id))
        usage = body.stream_options is not None and body.stream_options.include_usage is True
        return StreamAnswering(asked, ChatStream(self.model_id, include_usage=usage))

    async def models(self, request: Request) -> Response:  # noqa: ARG002
        """GET /v1/models: the one model there is."""
        return JSONResponse({"object": "list", "data": [self._model_card()]})

    async def model(self, request: Request) -> Response:  # noqa: ARG002
        """GET /v1/models/NAME: whatever the name, it is the one model."""
        return JSONResponse(self._model_card())

    async def health(self, request: Request) -> Response:  # noqa: ARG002
        """GET /health: whether requests are answered, and how many wait."""
        loaded = self.scheduler.engine.model is not None
        return JSONResponse(
            {
                "status": "ok" if loaded else "loading",
                "generating": self.scheduler.busy,
                "waiting": self.scheduler.waiting,
            }
        )

    async def figures(self, request: Request) -> Response:  # noqa: ARG002
        """GET /metrics."""
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)

    @property
    def model_id(self) -> str:
        """What the model is called in answers: never a path."""
        return self.loaded.name.rstrip("/").rpartition("/")[2] or "model"

    def _model_card(self) -> dict[str, object]:
        return {
            "id": self.model_id,
            "object": "model",
            "created": self.started,
            "owned_by": "carnice-chat",
            "context_length": self.loaded.context_window,
            "max_model_len": self.loaded.context_window,
        }


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _telling_ignored(fields: dict[str, object]) -> dict[str, str]:
    names = [name for name in ignored(fields) if name.isidentifier() and name.isascii()]
    return {"x-ignored-fields": ", ".join(names[:NAMED_FIELDS])} if names else {}


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    wrong = ApiError(error.status_code, f"{error.detail}: {request.method} {request.url.path}")
    wrong.headers.update(error.headers or {})
    return await _api_error(request, wrong)


async def _api_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, ApiError)
    return Response(error.body(), error.status, error.headers, "application/json")


async def _unexpected_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return await _api_error(request, ApiError(500, "The server failed; its log says how."))
