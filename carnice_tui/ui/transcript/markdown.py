"""The Markdown parsers: CommonMark with tables, strikethrough and mathematics left as written."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, paragraph

from carnice_tui.ui.transcript.formula import math_block, math_inline

FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:")
"""What a footnote begins with. CommonMark has none, and would take some for a link's target."""

_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def _footnote(state: StateBlock, first: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's form
    """The rule that leaves a footnote as it was written, a paragraph."""
    if not FOOTNOTE.match(state.src, state.bMarks[first] + state.tShift[first]):
        return False
    return paragraph(state, first, end, silent)


def _with_our_blocks(markdown: MarkdownIt) -> MarkdownIt:
    markdown.block.ruler.before("fence", "math_block", math_block, _INTERRUPTS)
    markdown.block.ruler.before("reference", "footnote", _footnote)
    return markdown


@cache
def parser() -> MarkdownIt:
    """Parses blocks and what is inside them."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table", "strikethrough"])
    markdown.inline.ruler.before("escape", "math", math_inline)
    return _with_our_blocks(markdown)


@cache
def block_parser() -> MarkdownIt:
    """Finds blocks only: several times faster, and enough to know where one ends."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 40}).enable(["table"])
    markdown.core.ruler.enableOnly(["normalize", "block"])
    return _with_our_blocks(markdown)
