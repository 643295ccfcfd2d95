"""The conversation as token ids: what was said is fed back exactly, not re-tokenised.

After a turn the cache holds the prompt and the generated ids. The next prompt is those ids
and the newly rendered suffix, so that a new message costs its own tokens and nothing more.
"""

import hashlib
import uuid
from array import array
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from carnice_tui.core.messages import Message
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.worker.template import ChatTemplate

REMEMBERED = 256
"""Turns whose ids are kept (4 bytes a token); older ones are rendered from their text."""


class TokenHistory:
    """Remembers the ids of each answer, by everything said up to and including it."""

    def __init__(self, template: ChatTemplate) -> None:
        self._template = template
        self._spoken: OrderedDict[bytes, array[int]] = OrderedDict()
        self._mark = f"\u27ea{uuid.uuid4().hex}\u27eb"
        self._system: tuple[object, list[int]] | None = None
        self._append_only = {
            preserve: template.is_append_only(preserve=preserve) for preserve in (True, False)
        }

    def remember(self, request: TurnRequest, answer: Message, ids: Sequence[int]) -> None:
        """Keep `ids`: the prompt of `request` and the `answer` as generated."""
        messages = request.messages[:-1] if request.resume else request.messages
        key = _keys(request, (*messages, answer))[-1]
        self._spoken[key] = array("I", ids)
        self._spoken.move_to_end(key)
        while len(self._spoken) > REMEMBERED:
            self._spoken.popitem(last=False)

    def prompt(self, request: TurnRequest) -> list[int]:
        """The ids to answer `request` from.

        Raises:
            TemplateError: the template refuses the messages.
        """
        if request.text is not None:
            return self._template.encode(request.text)
        if request.resume:
            return self._unfinished(request)
        if self._append_only[request.preserve_thinking]:
            keys = _keys(request, request.messages)
            for at in reversed(range(len(keys))):
                known = self._spoken.get(keys[at])
                if known is not None and (suffix := self._suffix(request, at, known)) is not None:
                    return [*known, *suffix]
        return self._template.encode(self._render(request, request.messages))

    def system_prefix(self, request: TurnRequest) -> list[int]:
        """The ids of tools and system prompt alone: what every branch has in common.

        Those of the last request are kept: an agent's are the longest part of its prompt.
        """
        if request.text is not None or not request.messages:
            return []
        first = request.messages[0]
        said = first if first.role == "system" else None
        asked = (said, request.tools, request.thinking == "off", request.preserve_thinking)
        if self._system is None or self._system[0] != asked:
            self._system = asked, self._system_ids(request)
        return self._system[1]

    def _system_ids(self, request: TurnRequest) -> list[int]:
        if request.messages[0].role == "system":
            text = self._render(request, request.messages[:1], answer_next=False)
        elif request.tools:
            asked = self._render(request, (Message("user", self._mark),))
            text = asked[: asked.index(self._mark)]
        else:
            return []
        return self._template.encode(text)

    def spoken_prefix(self, request: TurnRequest) -> list[int]:
        """The ids the next prompt will begin with, whatever the user writes: for idle warming."""
        if request.text is not None:
            return []
        asked = msgspec.structs.replace(
            request, messages=(*request.messages, Message("user", self._mark))
        )
        ids = self.prompt(asked)
        text = self._render(asked, asked.messages)
        tail = self._template.encode(text[text.index(self._mark) :])
        # The user's words may join the last id before them: leave two ids to be read later.
        return ids[: max(0, len(ids) - len(tail) - 2)]

    def _suffix(self, request: TurnRequest, at: int, known: "array[int]") -> list[int] | None:
        """Ids after the answer at `at`: what its own ids do not hold yet of the rendering."""
        marked = Message("assistant", self._mark)
        messages = (*request.messages[:at], marked, *request.messages[at + 1 :])
        _, found, after = self._render(request, messages).partition(self._mark)
        if not found:
            return None
        if known[-1] in self._template.eos_ids:
            end = self._template.tokenizer.decode([known[-1]])
            after = after.removeprefix(end)
        elif not _has_answered(request.messages[at]) and is_thinking(self._template, known):
            after = "\n</think>\n\n" + after
        return self._template.encode(after)

    def _unfinished(self, request: TurnRequest) -> list[int]:
        """The ids of an answer that is to be continued, up to where it was cut. With thinking
        off a thought that was cut is over, and the answer begins."""
        last = request.messages[-1]
        over = bool(last.reasoning) and not last.content and request.thinking == "off"
        known = self._spoken.get(_keys(request, request.messages)[-1])
        if known is not None:
            ids = list(known[:-1] if known[-1] in self._template.eos_ids else known)
            closing = over and is_thinking(self._template, ids)
            return [*ids, *self._template.close_think_ids] if closing else ids
        thought = msgspec.structs.replace(request, thinking="on") if last.reasoning else request
        text = self._render(thought, request.messages[:-1])
        if last.reasoning:
            text += last.reasoning + ("\n</think>\n\n" if last.content or over else "")
        return self._template.encode(text + last.content)

    def _render(
        self, request: TurnRequest, messages: Sequence[Message], *, answer_next: bool = True
    ) -> str:
        return self._template.render(
            messages,
            request.tools,
            thinking=request.thinking != "off",
            preserve=request.preserve_thinking,
            answer_next=answer_next,
        )


def _keys(request: TurnRequest, messages: Sequence[Message]) -> list[bytes]:
    """For each message, a digest of everything said up to and including it."""
    said = hashlib.blake2b(msgspec.msgpack.encode((request.preserve_thinking, request.tools)))
    keys: list[bytes] = []
    for message in messages:
        said.update(msgspec.msgpack.encode(message))
        keys.append(said.digest())
    return keys


def _has_answered(message: Message) -> bool:
    """Whether thinking was over: a `<think>` that comes later is a word of the answer."""
    return bool(message.content or message.calls)


def is_thinking(template: ChatTemplate, ids: Sequence[int]) -> bool:
    """Whether the last think block in `ids` is still open."""
    for token in reversed(ids):
        if token == template.think_start:
            return template.has_thinking
        if token == template.think_end or token in template.eos_ids:
            return False
    return False
