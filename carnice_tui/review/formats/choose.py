"""From the name of a format to its reporter."""

from collections.abc import Callable
from typing import Literal, get_args

from carnice_tui.review.formats.base import Reporter, Write
from carnice_tui.review.formats.gcc import Gcc
from carnice_tui.review.formats.github import GitHub
from carnice_tui.review.formats.json import Json, JsonLines
from carnice_tui.review.formats.junit import JUnit
from carnice_tui.review.formats.markdown import Markdown
from carnice_tui.review.formats.sarif import Sarif
from carnice_tui.review.formats.text import PipedText, TerminalText

Format = Literal["text", "gcc", "json", "jsonl", "sarif", "github", "junit", "markdown"]
FORMATS: tuple[Format, ...] = get_args(Format)

Look = Literal["piped", "plain", "coloured"]
"""How text is shown: in a pipe, on a terminal, on one with colours."""

_REPORTERS: dict[Format, Callable[[Write], Reporter]] = {
    "gcc": Gcc,
    "json": Json,
    "jsonl": JsonLines,
    "sarif": Sarif,
    "github": GitHub,
    "junit": JUnit,
    "markdown": Markdown,
}


def reporter(name: Format, write: Write, look: Look = "piped") -> Reporter:
    """The reporter of format `name`; `look` is for text alone."""
    if name != "text":
        return _REPORTERS[name](write)
    if look == "piped":
        return PipedText(write)
    return TerminalText(write, colour=look == "coloured")
