"""What of an unfinished text is shown: marks that may still turn out to be something else wait."""

import re

_AMBIGUOUS = re.compile(
    r"[ \t]*(?:[-=*_+#>`~|:][-=*_+#>`~|: \t]*|\d{1,9}[.)]?[ \t]*|[-*+] \[[ xX]?\]?)?"
)
"""A line that so far is only marks: a rule, a heading's underline, an empty item, a fence."""

_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_SINGLE = re.compile(r"(?<![\w*\\])\*(?=[^\s*])[^*]*$")


def shown_tail(text: str) -> str:
    """`text` without an unsettled last line, and with open emphasis and code spans closed."""
    before, newline, partial = text.rpartition("\n")
    if partial and _AMBIGUOUS.fullmatch(partial):
        return before + newline
    start = text.rfind("\n\n") + 2 if "\n\n" in text else 0
    paragraph = text[start:]
    if paragraph.lstrip().startswith("|") and paragraph.count("\n") < 2:
        return text[:start]  # perhaps the head of a table
    return _closed(text, start) if partial else text


def _closed(text: str, start: int) -> str:
    stripped = text.rstrip("*_`~")
    paragraph = stripped[start:]
    outside = _SPAN.sub("", paragraph)
    ticks = outside.count("`")
    if ticks % 2:
        return stripped + "`"
    if outside.count("**") % 2:
        return stripped.rstrip() + "**"
    if _SINGLE.search(outside.replace("**", "")):
        return stripped.rstrip() + "*"
    return text
