"""Where definitions begin, in any language that indents: for splitting and for fingerprints."""

import re
from collections.abc import Sequence

_DEFINITION = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|"
    r"pub(?:\([\w ]+\))?|unsafe|extern|inline|override|virtual|const|data|sealed|open)\s+)*"
    r"(?:def|class|function\*?|func|fn|fun|struct|enum|interface|trait|impl|type|module|mod|"
    r"namespace|object|sub|proc|record|protocol|extension|defmodule|defp?)\b\s*"
    r"(?:\([^)]*\)\s*)?([A-Za-z_$][\w$.:]*)?"
)
"""A keyword that defines something; Go's receiver may stand between it and the name."""
_ASSIGNED = re.compile(
    r"^\s*(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*(?::[^=]+)?=\s*(?:async\b|\(|function)"
)
_C_LIKE = re.compile(r"^[A-Za-z_][\w\s*&:<>,~\[\]]*?\b([A-Za-z_~]\w*)\s*\([^;]*$")
"""`type name(` at the margin without a semicolon: a function of C and its kin."""
_METHOD = re.compile(
    r"^\s+(?:(?:public|private|protected|static|async|final|override|get|set)\s+)*"
    r"[\w<>\[\],.?*&\s]*?\b([A-Za-z_$][\w$]*)\s*\([^;]*\)\s*(?::\s*[^{;]+)?\{\s*$"
)
_NOT_NAMES = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "else",
        "do",
        "try",
        "with",
        "match",
        "case",
        "when",
        "sizeof",
        "print",
    ]
)
_LONGEST_HEAD = 400
"""Characters of a line that are looked at: the patterns take the square of them."""
_LEADING = re.compile(r"^\s*(?:@|#\[|//|/\*|\*|#(?!include|define|if|endif|pragma)|--)")
"""Decorators, attributes and comments: they belong to the definition below them."""


def defined_name(line: str) -> str | None:
    """The name that `line` begins to define; None where it defines nothing."""
    line = line[:_LONGEST_HEAD]
    for pattern in (_DEFINITION, _ASSIGNED, _C_LIKE, _METHOD):
        if match := pattern.match(line):
            name = match[1] or ""
            if name.removesuffix(":") not in _NOT_NAMES:
                return name.rstrip(":.")
    return None


def indent(line: str) -> int:
    """Columns of white space before the first character; a tab counts as four."""
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())


def enclosing_symbol(lines: Sequence[str], number: int) -> str:
    """The definitions around line `number` (from 1), outermost first: "Cart.total"; "" at top."""
    if not 1 <= number <= len(lines):
        return ""
    depth = indent(lines[number - 1]) + 1 if lines[number - 1].strip() else 1 << 30
    names: list[str] = []
    for line in reversed(lines[:number]):
        if not line.strip() or indent(line) >= depth:
            continue
        name = defined_name(line)
        if name:
            names.append(name)
        if name or not line.strip().startswith(("{", "}", ")", "]", "#", "//")):
            depth = indent(line)
        if depth == 0:
            break
    return ".".join(reversed(names))


def begins_definition(lines: Sequence[str], at: int) -> bool:
    """Whether a definition, with its decorators and comments, begins at index `at`."""
    line = lines[at]
    if not line.strip() or (at > 0 and _LEADING.match(lines[at - 1]) and lines[at - 1].strip()):
        return False
    while at < len(lines) and lines[at].strip() and _LEADING.match(lines[at]):
        at += 1
    return at < len(lines) and defined_name(lines[at]) is not None
