"""Mathematics in Markdown: kept as it was written, in a line or on lines of its own."""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST = 200
"""Lines of a formula. What was never closed goes on as text after them."""

_INLINE = re.compile(
    r"\$\$(?P<d>[^$]+?)\$\$|\\\((?P<p>.+?)\\\)|\\\[(?P<b>.+?)\\\]"
    r"|\\begin\{(?P<e>[a-zA-Z]+\*?)\}.+?\\end\{(?P=e)\}"
    r"|\$(?P<s>(?![\s\d])[^$\n]*?[^$\s\\]|[^\s$])\$(?!\d)",
    re.DOTALL,
)
"""`$…$` as pandoc reads it: no space inside the marks and no digit after, so prices are none."""

_OPENING = re.compile(r"(?P<mark>\$\$|\\\[|\\begin\{[a-zA-Z]+\*?\})(?P<rest>.*)")

_OF_FORMULA = re.compile(r"[\\_^={}<>+*/]")
"""What a formula has, and words in escaped brackets have not."""


def math_inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it calls it so
    """The rule for a formula in a line of text."""
    if state.src[state.pos] not in "$\\":
        return False
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None or _is_escape(match, state.src[: state.pos]):
        return False
    if not silent:
        token = state.push("math_inline", "", 0)
        token.content = match.group()
    state.pos = match.end()
    return True


def _is_escape(match: "re.Match[str]", before: str) -> bool:
    """Whether `\\[…\\]` or `\\(…\\)` are brackets that were escaped, as CommonMark has it."""
    if (inside := match["b"]) is not None:
        begins_line = not before.rpartition("\n")[2].strip()
        return not begins_line and not _OF_FORMULA.search(inside)
    if (inside := match["p"]) is not None:
        return bool(re.search(r"\s", inside.strip())) and not _OF_FORMULA.search(inside)
    return False


def math_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the same
    """The rule for a formula that begins a line and is not closed in it.

    Its lines are no Markdown: `- b` goes on a sum and is no list. It ends where it is closed, at
    an empty line at the latest, so that each line is decided when it comes.
    """
    closing = _closing(_line(state, first)) if state.sCount[first] - state.blkIndent < 4 else ""
    if not closing or _goes_on(state, first):
        return False
    if silent:
        return True
    last = first + 1
    while (
        last < min(end, first + LONGEST)
        and not state.isEmpty(last)
        and state.sCount[last] >= state.blkIndent
    ):
        last += 1
        if _line(state, last - 1).rstrip().endswith(closing):
            break
    state.line = last
    token = state.push("math_block", "math", 0)
    token.content = state.getLines(first, last, state.blkIndent, keepLastLF=False)
    token.map = [first, last]
    return True


def _closing(line: str) -> str:
    """What closes the formula that `line` opens; "" where it opens none, or closes it itself."""
    match = _OPENING.match(line)
    if match is None:
        return ""
    mark, rest = match["mark"], match["rest"]
    closing = {"$$": "$$", "\\[": "\\]"}.get(mark, mark.replace("begin", "end", 1))
    if closing in rest or (rest.strip() and mark[0] == "$" and not _OF_FORMULA.search(rest)):
        return ""
    return closing


def _goes_on(state: StateBlock, line: int) -> bool:
    """Whether `line` closes a formula that the text before it in this paragraph has opened."""
    text = "".join(_line(state, before) for before in range(state.line, line))
    return text.count("$$") % 2 == 1


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
