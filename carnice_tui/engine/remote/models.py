"""Which of a server's models answers."""

from carnice_tui.core.messages import Message
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.remote.chunks import ModelEntry, ModelList

NONE_NAMED = ("", "demo")
"""What stands in the settings where nobody chose a model: the server's own is taken."""

_OWN = "default_model"
"""mlx_lm.server's word for the model it was started with."""


CONTINUING = ("carnice-chat", "vllm", "sglang")
"""Who owns the models, by their list, of servers that know `continue_final_message`."""


def can_continue(entry: ModelEntry, unfinished: Message) -> bool:
    """Whether its server goes on in the middle of an answer; ours alone in that of a thought."""
    owner = entry.owned_by or ""
    return owner in (CONTINUING if unfinished.content else CONTINUING[:1])


def can_close_thought(entry: ModelEntry, request: TurnRequest) -> bool:
    """Whether its server answers at once after a thought that was broken off: ours does, but
    for an answer of a given form, which it begins from the beginning only."""
    return entry.owned_by == CONTINUING[0] and request.guide is None


def choose(wanted: str, listed: ModelList | None, server: str, base: str) -> ModelEntry:
    """The model that `wanted` names, whole or by the last part of its name.

    `listed` is None where the server has no list: then any name goes. `server` is what it
    calls itself: mlx_lm.server lists the models on its disk, not the one it serves.

    Raises:
        EngineError: the server has no such model, or several.
    """
    entries = listed.data if listed else []
    if wanted in NONE_NAMED:
        if server.startswith("BaseHTTP"):
            return ModelEntry(_OWN)
        if entries:
            return entries[0]
        raise EngineError(f"The server at {base} lists no models: name one with --model.")
    alike = [entry for entry in entries if entry.id == wanted] or [
        entry for entry in entries if entry.id.rpartition("/")[2] == wanted
    ]
    if len(alike) == 1:
        return alike[0]
    if not entries or server.startswith("BaseHTTP"):
        return ModelEntry(wanted)
    names = ", ".join(entry.id for entry in (alike or entries)[:8])
    raise EngineError(f"The server at {base} has no model {wanted!r}. It has: {names}.")
