"""The Markdown parsers: CommonMark with tables, strikethrough and mathematics left as written."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_MATH = re.compile(
    r"\$\$(?P<d>[^$]+?)\$\$|\\\((?P<p>.+?)\\\)|\\\[(?P<b>.+?)\\\]"
    r"|\\begin\{(?P<e>[a-zA-Z]+\*?)\}.+?\\end\{(?P=e)\}"
    r"|\$(?P<s>(?![\s\d])[^$\n]*?[^$\s\\]|[^\s$])\$(?!\d)",
    re.DOTALL,
)
"""`$…$` as pandoc reads it: no space inside the marks and no digit after, so prices are none."""


_FORMULA = re.compile(r"[\\_^={}<>+*/]")
"""What a formula has, and words in escaped brackets have not."""


def _is_escape(match: "re.Match[str]", before: str) -> bool:
    """Whether `\\[…\\]` or `\\(…\\)` are brackets that were escaped, as CommonMark has it."""
    if (inside := match["b"]) is not None:
        begins_line = not before.rpartition("\n")[2].strip()
        return not begins_line and not _FORMULA.search(inside)
    if (inside := match["p"]) is not None:
        return bool(re.search(r"\s", inside.strip())) and not _FORMULA.search(inside)
    return False


def _math(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it so
    if state.src[state.pos] not in "$\\":
        return False
    match = _MATH.match(state.src, state.pos, state.posMax)
    if match is None or _is_escape(match, state.src[: state.pos]):
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
