"""The outline of a Markdown text: its top-level blocks, and which lines each takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from markdown_it.token import Token

from carnice_tui.ui.transcript.markdown import block_parser

_LISTS = ("bullet_list", "ordered_list")


@dataclass(frozen=True)
class Top:
    """A top-level block: its kind (the parser's word), its lines from `start` to before `end`."""

    kind: str
    start: int
    end: int
    number: int | None
    """The first item's, in a numbered list."""
    items: tuple[int, ...]
    """The first lines of a list's items."""


@dataclass(frozen=True)
class Outline:
    """What whole lines are made of. Places in the text are counted in characters."""

    tops: Sequence[Top]
    lines: Sequence[str]
    definitions: dict[str, Any]
    """Of links, by name, as the parser gives them."""
    lead: int = 0
    """Characters that were put before the text, and do not count as its own."""

    @cached_property
    def starts(self) -> list[int]:
        """The place of each line in the text, and of one after the last."""
        return list(accumulate((len(line) + 1 for line in self.lines), initial=-self.lead))

    def slice(self, start: int, end: int) -> str:
        """The lines from `start` to before `end`, as they were written."""
        return "\n".join(self.lines[start:end])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where those lines lie in the text."""
        return self.starts[start], self.starts[min(end, len(self.lines))] - 1

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """The same with the end of the last line: an unclosed fence in them counts it."""
        begin, stop = self.span(start, end)
        return begin, stop + (end < len(self.lines))

    def is_set_off(self, line: int) -> bool:
        """Whether the line before `line` is empty."""
        return not self.lines[line - 1].strip()

    def defined_before(self, line: int) -> dict[str, Any]:
        """The link definitions that end before `line`."""
        return {
            name: definition
            for name, definition in self.definitions.items()
            if definition["map"][1] <= line
        }


def outline_of(text: str, head: str = "") -> Outline:
    """The outline of `text`. `head`: lines of an open table's head, read as if before it."""
    text = head + text
    env: dict[str, Any] = {}
    tokens = block_parser().parse(text, env)
    definitions = env.get("references", {})
    return Outline(list(_tops(tokens)), text.split("\n"), definitions, len(head))


def _tops(tokens: Sequence[Token]) -> Iterator[Top]:
    for index, token in enumerate(tokens):
        if token.level or token.nesting < 0 or token.map is None:
            continue
        kind = token.type.removesuffix("_open")
        items: list[int] = []
        if kind in _LISTS:
            for inner in tokens[index + 1 :]:
                if inner.level == 0:
                    break
                if inner.level == 1 and inner.type == "list_item_open" and inner.map:
                    items.append(inner.map[0])
        number = int(token.attrs.get("start", 1)) if kind == "ordered_list" else None
        yield Top(kind, token.map[0], token.map[1], number, tuple(items))
