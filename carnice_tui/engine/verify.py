"""Asks the model the recorded questions again and finds where its answers part.

A regression test for models and for us: with the recorded seed and sampling the same model
on the same machine says the same.
"""

import os
from collections.abc import AsyncIterator
from typing import Literal

import msgspec

from carnice_tui.core.events import AnswerDelta, EngineFailed, ReasoningDelta, TurnStarted
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.tree import MessageTree, Node
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.base import Engine, EngineError

Outcome = Literal["same", "parted", "skipped"]


class Verdict(msgspec.Struct, frozen=True):
    """How turn `turn` (from 1) came out. `why` says why one was not asked again.

    Texts are thinking and answer together; `at` is how many of their characters agree.
    """

    turn: int
    outcome: Outcome
    recorded: str = ""
    now: str = ""
    at: int = 0
    why: str = ""


async def verify(tree: MessageTree, engine: Engine, options: TurnOptions) -> AsyncIterator[Verdict]:
    """Ask each turn of the shown branch again, on a model that is loaded.

    `options` give what is not recorded: the thinking budget and what is kept of thinking.

    Raises:
        EngineError: the engine failed.
    """
    path = tree.path()
    turns = [(i, node) for i, node in enumerate(path) if isinstance(node.opening, TurnStarted)]
    for number, (index, node) in enumerate(turns, 1):
        if why := _cannot(path[: index + 1]):
            yield Verdict(number, "skipped", why=why)
            continue
        request = _request(node, tree.messages(node.parent), options)
        now = await _answer(engine, request)
        yield _compared(number, node, now)


def _cannot(path: list[Node]) -> str:
    """Why the last turn of `path` cannot be asked again, "" if it can."""
    node = path[-1]
    mode = _started(node).mode
    if mode == "bugs":
        return "the bug finder asked it, in a form of its own"
    if mode == "agent" or any(one.calls for one in path):
        return "the tools it had are not recorded"
    if node.finished is None:
        return "it was not finished"
    if node.finished.reason == "failed":
        return "it failed"
    if _seed(node) is None and _started(node).sampling.temperature != 0:
        return "no seed was recorded"
    return ""


def _request(node: Node, messages: list[Message], options: TurnOptions) -> TurnRequest:
    started = _started(node)
    return msgspec.structs.replace(
        options.request,
        messages=tuple(messages),
        thinking=started.thinking,
        sampling=msgspec.structs.replace(started.sampling, seed=_seed(node)),
        max_tokens=started.max_tokens,
    )


async def _answer(engine: Engine, request: TurnRequest) -> str:
    texts: list[str] = []
    async for event in engine.turn(request):
        match event:
            case AnswerDelta(text=text) | ReasoningDelta(text=text):
                texts.append(text)
            case EngineFailed(message=message):
                raise EngineError(message)
            case _:
                pass
    return "".join(texts)


def _compared(number: int, node: Node, now: str) -> Verdict:
    recorded = "".join([*node.reasoning, *node.answer])
    at = len(os.path.commonprefix([recorded, now]))  # noqa: RUF071 - characters are meant
    # An answer that was interrupted is the same as far as it goes.
    cut = node.finished is not None and node.finished.reason == "cancelled"
    same = at == len(recorded) and (cut or at == len(now))
    return Verdict(number, "same" if same else "parted", recorded, now, at)


def _started(node: Node) -> TurnStarted:
    assert isinstance(node.opening, TurnStarted)
    return node.opening


def _seed(node: Node) -> int | None:
    """The seed that was drawn, or the one that was asked for."""
    drawn = node.finished.stats.seed if node.finished else None
    return _started(node).sampling.seed if drawn is None else drawn
