"""How the agent's turns are asked."""

import msgspec

from carnice_tui.agent.toolbox import SCHEMAS
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.options import turn_options

SYSTEM = "You are a coding assistant in a terminal. Use the tools to look before you answer."
"""Short: a local model reads it before every first word. The demo model was trained with it."""


def agent_options(settings: Settings) -> TurnOptions:
    """The settings' options with the tools; greedy unless a temperature is set.

    The user's own system prompt follows ours.
    """
    system = f"{SYSTEM}\n\n{settings.system}" if settings.system else SYSTEM
    options = turn_options(settings, "agent", system)
    sampling = options.request.sampling
    if sampling.temperature is None:
        sampling = msgspec.structs.replace(sampling, temperature=0.0)
    request = msgspec.structs.replace(options.request, tools=SCHEMAS, sampling=sampling)
    return msgspec.structs.replace(options, request=request)
