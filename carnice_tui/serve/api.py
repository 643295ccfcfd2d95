"""What each path does."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from carnice_tui.core.events import ModelLoaded
from carnice_tui.core.requests import JsonGuide
from carnice_tui.engine.schema import schema_problem
from carnice_tui.serve.answering import Answering, Asked, StreamAnswering, WholeAnswering
from carnice_tui.serve.body import read_json
from carnice_tui.serve.chat_body import ChatBody, StreamOptions
from carnice_tui.serve.chat_form import ChatStream, ChatWhole
from carnice_tui.serve.chat_request import must_call, parse_chat, turn_of
from carnice_tui.serve.completions import HONOURED as IN_COMPLETIONS
from carnice_tui.serve.completions import TextForm, completion_turn, parse_completion
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.errors import bad_request
from carnice_tui.serve.fields import HONOURED as IN_CHAT
from carnice_tui.serve.fields import ignored
from carnice_tui.serve.metrics import CONTENT_TYPE, Metrics
from carnice_tui.serve.responses_form import ResponsesForm
from carnice_tui.serve.responses_request import HONOURED as IN_RESPONSES
from carnice_tui.serve.responses_request import parse_responses
from carnice_tui.serve.scheduler import Scheduler

NAMED_FIELDS = 16
"""How many ignored fields a response names."""

LANE_NAME = 128
"""Characters of a user's name that count; the rest is not kept."""


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
        asked = await self._ask_chat(request, body, fields, IN_CHAT)
        if not body.stream:
            return WholeAnswering(asked, ChatWhole(self.model_id))
        usage = _wants_usage(body.stream_options)
        return StreamAnswering(asked, ChatStream(self.model_id, include_usage=usage))

    async def responses(self, request: Request) -> Answering:
        """POST /v1/responses."""
        fields = await read_json(request, self.config.limits)
        body = parse_responses(fields)
        asked = await self._ask_chat(request, body, fields, IN_RESPONSES)
        form = ResponsesForm(self.model_id)
        return StreamAnswering(asked, form) if body.stream else WholeAnswering(asked, form)

    async def completions(self, request: Request) -> Answering:
        """POST /v1/completions."""
        fields = await read_json(request, self.config.limits)
        body = parse_completion(fields)
        turn = completion_turn(body, self.config)
        ticket = self.scheduler.submit(turn, _lane(request, body.user))
        headers = _telling_ignored(fields, IN_COMPLETIONS)
        asked = Asked(ticket, self.config.limits, self.metrics, headers=headers)
        form = TextForm(self.model_id, include_usage=_wants_usage(body.stream_options))
        return StreamAnswering(asked, form) if body.stream else WholeAnswering(asked, form)

    async def _ask_chat(
        self,
        request: Request,
        body: ChatBody,
        fields: dict[str, object],
        honoured: Collection[str],
    ) -> Asked:
        turn = turn_of(body, fields, self.config)
        if isinstance(turn.guide, JsonGuide):
            problem = await asyncio.to_thread(schema_problem, turn.guide.schema)
            if problem:
                about = "tools" if must_call(body) else "response_format"
                raise bad_request(f"The JSON schema cannot be kept: {problem}", about)
        return Asked(
            self.scheduler.submit(turn, _lane(request, body.user or body.safety_identifier)),
            self.config.limits,
            self.metrics,
            one_call=body.parallel_tool_calls is False,
            forced=must_call(body),
            headers=_telling_ignored(fields, honoured),
        )

    async def models(self, _request: Request) -> Response:
        """GET /v1/models: the one model there is."""
        return JSONResponse({"object": "list", "data": [self._model_card()]})

    async def model(self, _request: Request) -> Response:
        """GET /v1/models/NAME: whatever the name, it is the one model."""
        return JSONResponse(self._model_card())

    async def health(self, _request: Request) -> Response:
        """GET /health: whether requests are answered, and how many wait."""
        loaded = self.scheduler.engine.model is not None
        return JSONResponse(
            {
                "status": "ok" if loaded else "loading",
                "generating": self.scheduler.busy,
                "waiting": self.scheduler.waiting,
            }
        )

    async def figures(self, _request: Request) -> Response:
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


def _wants_usage(options: StreamOptions | None) -> bool:
    return options is not None and options.include_usage is True


def _lane(request: Request, user: str | None) -> str:
    """Whose turn it is in the line: the user's, else the address'."""
    return (user or (request.client.host if request.client else ""))[:LANE_NAME]


def _telling_ignored(fields: dict[str, object], honoured: Collection[str]) -> dict[str, str]:
    names = [name for name in ignored(fields, honoured) if name.isidentifier() and name.isascii()]
    return {"x-ignored-fields": ", ".join(names[:NAMED_FIELDS])} if names else {}
