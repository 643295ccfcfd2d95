"""How a turn is asked: its options, and the messages of the branch that the model reads."""

from collections.abc import Sequence

import msgspec

from carnice_tui.core.events import UserMessage
from carnice_tui.core.messages import Message, Mode
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.tree import MessageTree, Node


class TurnOptions(msgspec.Struct, frozen=True):
    """How the next turn is asked: `request` is all of it but the messages."""

    system: str = ""
    mode: Mode = "chat"
    request: TurnRequest = TurnRequest()


def request_of(
    tree: MessageTree, tip: str, options: TurnOptions, *, resume: bool = False
) -> TurnRequest:
    """What the engine is asked for an answer under message `tip`; with `resume` it goes on the
    answer that `tip` is."""
    messages = tuple(_read_by_the_model(tree.path(tip), options))
    return msgspec.structs.replace(options.request, messages=messages, resume=resume)


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
