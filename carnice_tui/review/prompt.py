"""The words of the bug-finder contract, from the model card of Carnice-V2-27b-MLX-4bit."""

import re

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

ANOTHER = "Another bug? Reply in the same form, or reply exactly OK."
"""Asks on in the same conversation; the answer keeps the contract or is OK."""

WHICH_LINE = "Which line is wrong? Reply with that line, copied exactly."
"""Asks where the bug is; the answer is one line of the code."""

CORRECTED = "Write the corrected code, nothing else."
"""Asks for a patch; the answer is the whole code again, corrected, in a fence."""

EXPLAIN = "Explain."
"""Asks why it is wrong; the answer is free prose."""

REPAIR = (
    "That is not the form. Reply again with exactly two lines, BUG: <one-line description> "
    "and FIX: <one-line patch description>."
)
"""Asked once where an engine cannot be guided and the answer broke the contract."""


def system_prompt(*, allow_ok: bool) -> str:
    """The system prompt, extended where a clean verdict is allowed."""
    return SYSTEM + CLEAN_VERDICT if allow_ok else SYSTEM


def repair(*, allow_ok: bool) -> str:
    """The repair turn's words."""
    return REPAIR + CLEAN_VERDICT if allow_ok else REPAIR


def question(code: str, language: str = "") -> str:
    """The user message of the contract: the code in a fence, then the question."""
    return f"{fenced(code, language)}\n{QUESTION}"


_ASKED = re.compile(rf"\A(`{{3,}})([^\n`]*)\n(.*?\n?)\1\n{re.escape(QUESTION)}\Z", re.S)


def asked_code(message: str) -> tuple[str, str] | None:
    """The code and its language in a message that `question` made; None for any other."""
    match = _ASKED.match(message)
    return (match[3], match[2]) if match else None
