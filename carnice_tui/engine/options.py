"""From the settings to how the next turn is asked."""

from carnice_tui.core.messages import Mode
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions


def turn_options(settings: Settings, mode: Mode = "chat", system: str | None = None) -> TurnOptions:
    """The options of a turn in `mode`; `system` None takes the system prompt of the settings."""
    thinking = settings.bugs.thinking if mode == "bugs" else settings.thinking.mode
    return TurnOptions(
        system=settings.system if system is None else system,
        mode=mode,
        request=TurnRequest(
            thinking=thinking,
            thinking_budget=settings.thinking.budget(thinking),
            preserve_thinking=settings.thinking.preserve,
            sampling=settings.generation.sampling(),
            max_tokens=settings.generation.max_tokens,
            stop=settings.generation.stop,
            prefill_chunk=settings.generation.prefill_chunk,
        ),
    )
