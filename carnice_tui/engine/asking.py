"""How a turn is asked: its options, and the messages of the branch that the model reads."""

from collections.abc import Sequence

import msgspec

from carnice_tui.core.events import UserMessage
from carnice_tui.core.messages import Message, Mode, Sampling, ThinkingMode
from carnice_tui.core.requests import Tool, TurnRequest
from carnice_tui.core.tree import MessageTree, Node


class TurnOptions(msgspec.Struct, frozen=True):
    """How the next turn is asked. `thinking_budget` is in tokens; None is no limit."""

    system: str = ""
    mode: Mode = "chat"
    thinking: ThinkingMode = "off"
    thinking_budget: int | None = None
    preserve_thinking: bool = True
    sampling: Sampling = Sampling()
    max_tokens: int = 0
    stop: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    prefill_chunk: int = 512


def request_of(
    tree: MessageTree, tip: str, options: TurnOptions, *, resume: bool = False
) -> TurnRequest:
    """What the engine is asked for an answer under message `tip`; with `resume` it goes on the
    answer that `tip` is."""
    return TurnRequest(
        messages=tuple(_read_by_the_model(tree.path(tip), options)),
        tools=options.tools,
        thinking=options.thinking,
        thinking_budget=options.thinking_budget,
        preserve_thinking=options.preserve_thinking,
        sampling=options.sampling,
        max_tokens=options.max_tokens,
        stop=options.stop,
        prefill_chunk=options.prefill_chunk,
        resume=resume,
    )


def mode_of(path: Sequence[Node]) -> Mode | None:
    """The mode in which the last of the user's messages in `path` was sent; None without one."""
    for node in reversed(path):
        if isinstance(node.opening, UserMessage):
            return node.opening.mode
    return None


def _read_by_the_model(path: Sequence[Node], options: TurnOptions) -> list[Message]:
    """The messages of the branch under the system prompt of the present mode.

    The bug finder judges what it is given and nothing else: it reads the messages sent
    to it since the mode was switched on. A chat reads everything.
    """
    begun_as = next(
        (n.opening.mode for n in path if isinstance(n.opening, UserMessage)), options.mode
    )
    recorded = next((n.message() for n in path if n.role == "system"), None)
    system = recorded if recorded and begun_as == options.mode else None
    if system is None and options.system:
        system = Message("system", options.system)
    spoken = [n for n in path if n.role != "system" and not n.is_empty]
    if options.mode == "bugs":
        spoken = spoken[_bug_finding_begins(spoken) :]
    return [*([system] if system else []), *(node.message() for node in spoken)]


def _bug_finding_begins(path: Sequence[Node]) -> int:
    """Where the last unbroken run of bug-finder messages begins in `path`."""
    modes = [
        (at, n.opening.mode) for at, n in enumerate(path) if isinstance(n.opening, UserMessage)
    ]
    begins = len(path)
    for at, mode in reversed(modes):
        if mode != "bugs":
            break
        begins = at
    return begins
