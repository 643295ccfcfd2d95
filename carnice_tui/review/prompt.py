"""The words of the bug-finder contract, from the model card of Carnice-V2-27b-MLX-4bit."""

from carnice_tui.core.messages import fenced

SYSTEM = (
    "You find bugs. Reply with: BUG: <one-line description>, then FIX: <one-line patch "
    "description>. No code fences, no extra prose."
)
"""The system prompt of the model card's example, word for word."""

CLEAN_VERDICT = " If there is no bug, reply exactly OK."
"""Added where a clean verdict is asked for."""

QUESTION = "What's wrong?"
"""What follows the code in the model card's example."""


def question(code: str, language: str = "") -> str:
    """The user message of the contract: the code in a fence, then the question."""
    return f"{fenced(code, language)}\n{QUESTION}"
