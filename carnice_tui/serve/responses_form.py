"""A turn as /v1/responses tells it: items that open, grow and close, each event numbered."""

import itertools
import time
import uuid
from typing import Any

import msgspec

from carnice_tui.core.events import AnswerDelta, ReasoningDelta
from carnice_tui.serve.errors import ApiError
from carnice_tui.serve.form import event
from carnice_tui.serve.spoken import CallText, Said, Spoken

Json = dict[str, Any]


class ResponsesForm:
    """Tells one turn as a stream (`StreamForm`) or whole (`WholeForm`)."""

    def __init__(self, model: str) -> None:
        self._id = f"resp_{uuid.uuid4().hex}"
        self._created = int(time.time())
        self._model = model
        self._numbers = itertools.count()
        self._items: list[Json] = []
        self._open: str = ""
        self._text: list[str] = []

    def opening(self) -> bytes:
        """See `StreamForm`."""
        response = self._response("in_progress")
        return self._event("response.created", response=response) + self.keepalive()

    def keepalive(self) -> bytes:
        """See `StreamForm`. Every client of this API knows this event."""
        return self._event("response.in_progress", response=self._response("in_progress"))

    def told(self, said: Said) -> bytes:
        """See `StreamForm`."""
        match said:
            case ReasoningDelta(text=text):
                return self._grow("reasoning", text)
            case AnswerDelta(text=text):
                return self._grow("message", text)
            case CallText():
                return self._close() + self._call(said)
            case _:
                return b""

    def closing(self, spoken: Spoken) -> bytes:
        """See `StreamForm`."""
        told = self._close()
        response = self._finished(spoken)
        return told + self._event(f"response.{response['status']}", response=response)

    def failure(self, error: ApiError) -> bytes:
        """See `StreamForm`."""
        response = self._response("failed")
        code = error.detail.code or error.detail.type
        response["error"] = {"code": code, "message": error.detail.message}
        return self._event("response.failed", response=response)

    def body(self, spoken: Spoken) -> bytes:
        """See `WholeForm`: the same items, in the same order."""
        if spoken.reasoning:
            self.told(ReasoningDelta("".join(spoken.reasoning)))
        if spoken.answer:
            self.told(AnswerDelta("".join(spoken.answer)))
        for call in spoken.calls:
            self.told(call)
        self._close()
        return msgspec.json.encode(self._finished(spoken))

    def _grow(self, kind: str, text: str) -> bytes:
        told = b""
        if self._open != kind:
            told = self._close()
            self._open = kind
            item = _item(kind)
            self._items.append(item)
            told += self._event("response.output_item.added", item=item, **self._place())
            if kind == "message":
                part = _text_part("")
                told += self._event("response.content_part.added", part=part, **self._within())
        self._text.append(text)
        return told + self._event(
            f"response.{_WORD[kind]}.delta", delta=text, **_scores(kind), **self._within()
        )

    def _close(self) -> bytes:
        """The open item is whole now."""
        kind, self._open = self._open, ""
        if not kind:
            return b""
        text = "".join(self._text)
        self._text.clear()
        item = self._items[-1]
        message = kind == "message"
        done = f"response.{_WORD[kind]}.done"
        told = self._event(done, text=text, **_scores(kind), **self._within())
        part = _text_part(text) if message else {"type": "reasoning_text", "text": text}
        if message:
            told += self._event("response.content_part.done", part=part, **self._within())
        self._items[-1] = item | {"status": "completed", "content": [part]}
        return told + self._event(
            "response.output_item.done", item=self._items[-1], **self._place()
        )

    def _call(self, call: CallText) -> bytes:
        item: Json = {
            "type": "function_call",
            "id": _id("fc"),
            "call_id": call.id,
            "name": call.name,
            "arguments": "",
            "status": "in_progress",
        }
        whole = item | {"arguments": call.arguments, "status": "completed"}
        self._items.append(whole)
        about: Json = {"item_id": item["id"], **self._place()}
        name = "response.function_call_arguments"
        return b"".join(
            (
                self._event("response.output_item.added", item=item, **self._place()),
                self._event(f"{name}.delta", delta=call.arguments, **about),
                self._event(f"{name}.done", arguments=call.arguments, name=call.name, **about),
                self._event("response.output_item.done", item=whole, **self._place()),
            )
        )

    def _finished(self, spoken: Spoken) -> Json:
        cut = spoken.finish_reason == "length"
        response = self._response("incomplete" if cut else "completed")
        if cut:
            response["incomplete_details"] = {"reason": "max_output_tokens"}
        stats = spoken.stats
        output = stats.reasoning_tokens + stats.answer_tokens
        response["usage"] = {
            "input_tokens": stats.prompt_tokens,
            "input_tokens_details": {"cached_tokens": stats.cached_tokens},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": stats.reasoning_tokens},
            "total_tokens": stats.prompt_tokens + output,
        }
        return response

    def _response(self, status: str) -> Json:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "model": self._model,
            "output": list(self._items),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "store": False,
        }

    def _place(self) -> Json:
        return {"output_index": len(self._items) - 1}

    def _within(self) -> Json:
        return {"item_id": self._items[-1]["id"], "content_index": 0, **self._place()}

    def _event(self, kind: str, **fields: object) -> bytes:
        return event({"type": kind, "sequence_number": next(self._numbers), **fields}, kind)


_WORD = {"message": "output_text", "reasoning": "reasoning_text"}


def _item(kind: str) -> Json:
    if kind == "message":
        return {
            "type": kind,
            "id": _id("msg"),
            "role": "assistant",
            "status": "in_progress",
            "content": [],
        }
    return {"type": kind, "id": _id("rs"), "status": "in_progress", "summary": [], "content": []}


def _scores(kind: str) -> Json:
    """Clients want the field with a text, and not with reasoning."""
    return {"logprobs": []} if kind == "message" else {}


def _text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"
