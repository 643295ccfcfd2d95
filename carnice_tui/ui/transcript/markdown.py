"""The Markdown parsers: CommonMark with tables, strikethrough and mathematics left as written."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_MATH = re.compile(
    r"\$\$(?P<d>[^$]+?)\$\$|\\\((?P<p>.+?)\\\)|\\\[(?P<b>.+?)\\\]"
    r"|\$(?P<s>(?![\s\d])[^$\n]*?[^$\s\\]|[^\s$])\$(?!\d)",
    re.DOTALL,
)
"""`$…$` as pandoc reads it: no space inside the marks and no digit after, so prices are none."""


def _math(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it so
    if state.src[state.pos] not in "$\\":
        return False
    match = _MATH.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("math_inline", "", 0)
        token.content = match.group()
    state.pos = match.end()
    return True


@cache
def parser() -> MarkdownIt:
    """Parses blocks and what is inside them."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table", "strikethrough"])
    markdown.inline.ruler.before("escape", "math", _math)
    return markdown


@cache
def block_parser() -> MarkdownIt:
    """Finds blocks only: several times faster, and enough to know where one ends."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table"])
    markdown.core.ruler.enableOnly(["normalize", "block"])
    return markdown
