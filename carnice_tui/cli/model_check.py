"""Whether a model answers: the part of `models verify` that needs the engine."""

from pathlib import Path

from carnice_tui.core.events import EngineFailed, ModelLoaded, Notice, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.local import LocalEngine
from carnice_tui.models.verify import Check

TOKENS = 8
"""Enough to see that prefill and decode work."""


async def check_answer(folder: Path) -> list[Check]:
    """Load the model in `folder` and let it write a few tokens."""
    engine = LocalEngine()
    try:
        problem, loaded = "", None
        async for event in engine.load(str(folder)):
            if isinstance(event, ModelLoaded):
                loaded = event
            elif isinstance(event, EngineFailed):
                problem = event.message
        if loaded is None:
            return [Check("loads", ok=False, found=problem)]
        kind = loaded.quantization or "not quantised"
        checks = [Check("loads", ok=True, found=f"{loaded.bits_per_weight:.2f} bits, {kind}")]
        request = TurnRequest(
            (Message("user", "Hello"),), sampling=Sampling(temperature=0), max_tokens=TOKENS
        )
        async for event in engine.turn(request):
            match event:
                case EngineFailed(message=text) | Notice(level="error", text=text):
                    problem = text
                case TurnFinished(reason=reason, stats=stats):
                    count = stats.reasoning_tokens + stats.answer_tokens
                    ok = reason in ("stop", "length") and not problem
                    checks.append(Check("answers", ok, problem or f"{count} tokens, {reason}"))
                case _:
                    pass
        return checks
    finally:
        await engine.close()
