"""The strict reading of an answer: two lines, `BUG: …` and `FIX: …`, or `OK`, and nothing else.

The form is the one that the model card's system prompt asks for. Guided decoding makes it
certain; an engine that cannot be guided is held to it here.
"""

import re
from typing import NamedTuple

from carnice_tui.core.requests import Guide
from carnice_tui.review.errors import ContractBroken

BUG = "BUG:"
FIX = "FIX:"
OK = "OK"

_LINE_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e]")
"""What ends a line and is one byte: a guide keeps all of them out."""
_OTHER_BREAKS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", "\u2424"))
"""Unicode's own line ends may be put together of single bytes, so they are shown instead."""
_SPACE = " \t\r\n"
_SHOWN = 60
"""Characters of a broken answer that the error repeats."""


class Verdict(NamedTuple):
    """What the model says: a bug and its fix in one line each, as it wrote them."""

    bug: str
    fix: str

    def lines(self) -> str:
        """The two lines of the contract."""
        return f"{BUG} {self.bug}\n{FIX} {self.fix}"


LINE_TOKENS = 160
"""Tokens of one line at most: about 100 words, several lines on any screen."""


def guide(*, allow_ok: bool, line_tokens: int = LINE_TOKENS) -> Guide:
    """The form an answer is held to while it is decoded."""
    return Guide((BUG, FIX), OK if allow_ok else "", max_line_tokens=line_tokens)


def parse(answer: str, *, allow_ok: bool) -> Verdict | None:
    """The verdict in `answer`; None where it says that there is no bug.

    White space around the answer and at the ends of its lines is no part of it, and line ends
    that only Unicode knows become pictures.

    Raises:
        ContractBroken: the answer is anything else.
    """
    text = answer.strip(_SPACE)
    if allow_ok and text == OK:
        return None
    lines = text.split("\n")
    if len(lines) != 2:
        raise ContractBroken(f"{_quoted(text)} is not two lines BUG: and FIX:.")
    return Verdict(_after(BUG, lines[0], text), _after(FIX, lines[1], text))


def _after(prefix: str, line: str, answer: str) -> str:
    line = line.rstrip("\r")
    if not line.startswith(prefix):
        raise ContractBroken(f"{_quoted(answer)} has a line that does not begin with {prefix}")
    text = line[len(prefix) :].strip(_SPACE).translate(_OTHER_BREAKS)
    if not text:
        raise ContractBroken(f"{_quoted(answer)} says nothing after {prefix}")
    if _LINE_BREAKS.search(text):
        raise ContractBroken(f"{_quoted(answer)} breaks a line after {prefix}")
    return text


def _quoted(answer: str) -> str:
    shown = answer if len(answer) <= _SHOWN else answer[: _SHOWN - 1] + "…"
    return f"The answer {shown!r}"
