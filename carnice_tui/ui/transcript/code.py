"""Highlights code line by line while it grows: what is lexed once is never lexed again."""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any, cast

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer

# Pygments' lexers are untyped, and `_TokenType` is its only name for the type of a token.
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
from pygments.token import Error, Text, Token, _TokenType  # pyright: ignore[reportPrivateUsage]
from pygments.util import ClassNotFound

Piece = tuple[_TokenType, str]

TAB = 4
"""Columns. What most models assume when they write code."""

LONGEST = 2_000
"""Characters of a line that are highlighted; what follows is left plain (lexing is not free)."""

LANGUAGES = 64
"""Names of languages whose lexers are kept: a model may write any name."""


@lru_cache(LANGUAGES)
def lexer_for(language: str) -> Lexer | None:
    """The lexer of a fence's language. None where it names none: nothing is guessed."""
    name = language.strip().split()[0].strip("{}.").lower() if language.strip() else ""
    try:
        return get_lexer_by_name(_ALIASES.get(name, name), stripnl=False) if name else None
    except ClassNotFound:
        return None


_ALIASES = {"jsonc": "json", "shell": "bash", "zsh": "bash", "plain": "text", "py3": "python"}


class LineLexer:
    """Lexes code one whole line after the other, carrying the lexer's state over.

    Pygments has no such door, so this walks the compiled rules of a `RegexLexer` itself
    (the same walk as `RegexLexer.get_tokens_unprocessed`, whose final state cannot be had).
    Lexers of other kinds are given each line alone.
    """

    __slots__ = ("_in_comment", "_lexer", "_rules", "_slash_star", "_stack")

    def __init__(self, language: str) -> None:
        self._lexer = lexer_for(language)
        self._rules = _rules_of(self._lexer)
        self._stack = ["root"]
        self._in_comment = False
        self._slash_star = self._rules is not None and _has_slash_star(self._lexer)

    def line(self, text: str) -> list[Piece]:
        """The tokens of the next line, given without its newline."""
        text = text.expandtabs(TAB)
        pieces = self._lex(text)
        if "".join(part for _, part in pieces) != text:  # a lexer that rewrites what it reads
            return [(Text, text)]
        return pieces

    def peek(self, text: str) -> list[Piece]:
        """The tokens of a line that is not whole yet: the state stays as it is."""
        stack, in_comment = list(self._stack), self._in_comment
        pieces = self.line(text)
        self._stack, self._in_comment = stack, in_comment
        return pieces

    def copy(self) -> "LineLexer":
        """Another one at the same place."""
        twin = object.__new__(LineLexer)
        twin._lexer, twin._rules, twin._slash_star = self._lexer, self._rules, self._slash_star
        twin._in_comment, twin._stack = self._in_comment, list(self._stack)
        return twin

    def _lex(self, text: str) -> list[Piece]:
        if self._lexer is None or len(text) > LONGEST:
            return [(Text, text)] if text else []
        if self._rules is None:
            found = cast("Any", self._lexer).get_tokens_unprocessed(text + "\n")
            pieces = [(kind, part) for _, kind, part in found]
        else:
            pieces = self._walk(text + "\n")
        return _without_newline(pieces)

    def _walk(self, text: str) -> list[Piece]:
        rules = cast("dict[str, list[Any]]", self._rules)
        pieces: list[Piece] = []
        pos = idle = 0
        if self._in_comment:
            pos = self._rest_of_comment(text, pos, pieces)
        while pos < len(text):
            if self._slash_star and text.startswith("/*", pos) and text.find("*/", pos + 2) < 0:
                self._in_comment = True
                pieces.append((Token.Comment.Multiline, text[pos:]))
                break
            for match_at, action, new_state in rules[self._stack[-1]]:
                match = match_at(text, pos)
                if match is None or (match.end() == pos and idle > len(rules)):
                    continue
                idle = idle + 1 if match.end() == pos else 0  # states that only hand on
                if action is not None:
                    pieces.extend(_pieces(self._lexer, action, match))
                pos = match.end()
                if new_state is not None:
                    self._move(new_state)
                if match.end() > match.start() or new_state is not None:
                    break
            else:
                if text[pos] == "\n":
                    self._stack = ["root"]
                pieces.append((Error if text[pos] != "\n" else Text, text[pos]))
                pos += 1
        return pieces

    def _rest_of_comment(self, text: str, pos: int, pieces: list[Piece]) -> int:
        end = text.find("*/", pos)
        stop = len(text) if end < 0 else end + 2
        pieces.append((Token.Comment.Multiline, text[pos:stop]))
        self._in_comment = end < 0
        return stop

    def _move(self, new_state: object) -> None:
        single = not isinstance(new_state, tuple)
        steps = cast("tuple[object, ...]", (new_state,) if single else new_state)
        for step in steps:
            if isinstance(step, int):
                keep = max(1, len(self._stack) - abs(step))
                del self._stack[keep:]
            elif step == "#pop":
                if len(self._stack) > 1:
                    self._stack.pop()
            elif step == "#push":
                self._stack.append(self._stack[-1])
            else:
                self._stack.append(str(step))
        del self._stack[40:]  # a state that only ever pushes must not grow for ever


def _rules_of(lexer: Lexer | None) -> dict[str, list[Any]] | None:
    if not isinstance(lexer, RegexLexer) or isinstance(lexer, ExtendedRegexLexer):
        return None
    return cast("dict[str, list[Any]] | None", getattr(lexer, "_tokens", None))


@cache
def _has_slash_star(lexer: Lexer) -> bool:
    found = cast("Any", lexer).get_tokens("/* a */")
    return any(kind in Token.Comment and "a" in text for kind, text in found)


def _pieces(lexer: Lexer | None, action: object, match: "re.Match[str]") -> Iterable[Piece]:
    if isinstance(action, _TokenType):
        return [(action, match.group())]
    call = cast("Callable[[Any, Any], Iterable[Any]]", action)
    return [(kind, text) for _, kind, text in call(lexer, match)]


def _without_newline(pieces: list[Piece]) -> list[Piece]:
    """Drop the newline at the end, and neighbours of one kind made one."""
    joined: list[Piece] = []
    for kind, text in pieces:
        text = text.replace("\n", "")
        if not text:
            continue
        if joined and joined[-1][0] is kind:
            joined[-1] = (kind, joined[-1][1] + text)
        else:
            joined.append((kind, text))
    return joined
