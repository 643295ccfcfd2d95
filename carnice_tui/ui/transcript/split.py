"""Cuts growing Markdown into blocks that never change again, and the open end.

CommonMark is decided line by line: once a later top-level block has begun, those before it
are closed for good. So whole lines are parsed for block structure only, everything before
the last block is frozen, and of an open list, table or fence whatever lies before its last
item, row or line. One thing reaches back: a link definition, which `References` carries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from carnice_tui.core.sanitize import Sanitizer
from carnice_tui.ui.transcript.blocks import (
    Block,
    ItemBlock,
    MarkdownBlock,
    References,
    RowBlock,
    columns_of,
    measure_row,
)
from carnice_tui.ui.transcript.fence import Fence
from carnice_tui.ui.transcript.hold import shown_tail
from carnice_tui.ui.transcript.markdown import block_parser
from carnice_tui.ui.transcript.prose import LONGEST, cut_prose
from carnice_tui.ui.transcript.table import Columns

_LISTS = ("bullet_list", "ordered_list")
HEAD = 2
"""Lines: a table's headings and its delimiter row."""


@dataclass(frozen=True)
class _List:
    """The text starts at an item of an open list: its number (None: a bullet), its gap."""

    number: int | None
    gap: bool


@dataclass(frozen=True)
class _Table:
    """The text starts at a row of an open table."""

    head: str
    columns: Columns


@dataclass(frozen=True)
class _Prose:
    """The text goes on a paragraph of which a piece is frozen."""


_Context = _List | _Table | _Prose | None


@dataclass(frozen=True)
class _Top:
    """A top-level block: its kind, its lines, and those of its items."""

    kind: str
    start: int
    end: int
    number: int | None
    items: tuple[int, ...]


@dataclass(frozen=True)
class _Parsed:
    tops: list[_Top]
    lines: list[str]
    definitions: dict[str, Any]

    def slice(self, start: int, end: int) -> str:
        return "\n".join(self.lines[start:end])

    def whole(self, start: int, end: int) -> str:
        """The lines with the end of the last one: an unclosed fence in them counts it."""
        return self.slice(start, end) + ("\n" if end < len(self.lines) else "")


class Splitter:
    """Takes Markdown in any chunks; `frozen` and `open_blocks` together are all of it."""

    def __init__(self) -> None:
        self.frozen: list[Block] = []
        self._clean = Sanitizer()
        self._refs = References()
        self._tail = ""
        self._context: _Context = None
        self._fence: Fence | None = None
        self._open: list[Block] | None = None

    def feed(self, chunk: str) -> None:
        """More text."""
        self._take(self._clean.feed(chunk))

    def finish(self) -> None:
        """No more text comes: freeze everything."""
        self._take(self._clean.end())
        if self._fence is not None and self._tail.strip():
            self._tail += "\n"
            self._freeze_code(self._fence)
        if self._fence is not None:
            self.frozen.extend(self._fence.close())
        else:
            parsed = self._parse(self._tail)
            self.frozen.extend(self._blocks(parsed))
            self._define(parsed, len(parsed.lines))
        self._tail, self._context, self._fence, self._open = "", None, None, None

    def open_blocks(self) -> list[Block]:
        """The end of the text that may still change, as it is best shown now."""
        if self._open is None:
            if self._fence is not None:
                self._open = [self._fence.open_block(self._tail)]
            elif isinstance(self._context, _Table) and "\n" not in self._tail:
                self._open = []  # a row is shown when it is whole
            else:
                self._open = list(self._blocks(self._parse(shown_tail(self._tail))))
        return self._open

    def _take(self, text: str) -> None:
        if not text:
            return
        self._tail += text
        self._open = None
        if "\n" in text:
            while self._freeze():
                pass
        if len(self._tail) > LONGEST and self._context in (None, _Prose()):
            self._freeze_prose()

    def _parse(self, text: str) -> _Parsed:
        if isinstance(self._context, _Table):
            text = f"{self._context.head}\n{text}"
        env: dict[str, Any] = {}
        tokens = block_parser().parse(text, env)
        return _Parsed(list(_tops(tokens)), text.split("\n"), env.get("references", {}))

    # -- whole blocks

    def _blocks(self, parsed: _Parsed, tops: int | None = None) -> Iterator[Block]:
        """The blocks of the first `tops` (all) top-level blocks, in the present context."""
        context = self._context
        for top in parsed.tops[:tops]:
            match top.kind:
                case "bullet_list" | "ordered_list":
                    yield from self._items(top, parsed, context, len(top.items))
                case "table":
                    if not isinstance(context, _Table):
                        context, heading = self._heading(top, parsed)
                        yield heading
                    yield from self._rows(top, parsed, context)
                case "fence":
                    fence = Fence(parsed.lines[top.start])
                    for line in parsed.lines[top.start + 1 : top.end]:
                        fence.take(line)
                    yield from fence.close()
                case "paragraph":
                    pieces, rest = cut_prose(parsed.slice(top.start, top.end))
                    for index, piece in enumerate([*pieces, rest]):
                        gap = not index and not isinstance(context, _Prose)
                        yield MarkdownBlock(piece, self._refs, gap=gap)
                case _:
                    yield MarkdownBlock(parsed.whole(top.start, top.end), self._refs)
            context = None

    def _items(
        self, top: _Top, parsed: _Parsed, context: _Context, count: int
    ) -> Iterator[ItemBlock]:
        first = self._list_of(top, context)
        starts = [*top.items, top.end]
        for index in range(count):
            number = None if first.number is None else first.number + index
            gap = _blank(parsed, starts[index]) if index else first.gap
            source = parsed.whole(starts[index], starts[index + 1])
            yield ItemBlock(source, self._refs, number, gap=gap)

    def _list_of(self, top: _Top, context: _Context) -> _List:
        return context if isinstance(context, _List) else _List(top.number, gap=True)

    def _heading(self, top: _Top, parsed: _Parsed) -> tuple[_Table, RowBlock]:
        head = parsed.slice(top.start, top.start + HEAD)
        table = _Table(head, columns_of(head))
        row = head.split("\n")[0]
        return table, RowBlock(head, row, table.columns, self._refs, heading=True)

    def _rows(self, top: _Top, parsed: _Parsed, table: _Table) -> Iterator[RowBlock]:
        for line in range(top.start + HEAD, top.end):
            row = parsed.lines[line]
            measure_row(table.head, row, table.columns)
            yield RowBlock(table.head, row, table.columns, self._refs, heading=False)

    # -- freezing

    def _freeze(self) -> bool:
        """Freeze what is closed by now; whether to look again."""
        if self._fence is not None:
            return self._freeze_code(self._fence)
        end = self._tail.rfind("\n") + 1
        parsed, partial = self._parse(self._tail[:end]), self._tail[end:]
        if not parsed.tops:
            return False
        self.frozen.extend(self._blocks(parsed, len(parsed.tops) - 1))
        if len(parsed.tops) > 1:
            self._context = None
        cut = self._freeze_part(parsed.tops[-1], parsed)
        self._define(parsed, cut)
        self._tail = "\n".join(parsed.lines[cut:]) + partial
        return self._fence is not None

    def _freeze_part(self, last: _Top, parsed: _Parsed) -> int:
        """Freeze what is closed of the last block; the line where the open rest begins."""
        match last.kind:
            case "bullet_list" | "ordered_list":
                done = len(last.items) - 1
                self.frozen.extend(self._items(last, parsed, self._context, done))
                first = self._list_of(last, self._context)
                number = None if first.number is None else first.number + done
                gap = _blank(parsed, last.items[-1]) if done else first.gap
                self._context = _List(number, gap)
                return last.items[-1]
            case "table":
                if not isinstance(self._context, _Table):
                    self._context, heading = self._heading(last, parsed)
                    self.frozen.append(heading)
                self.frozen.extend(self._rows(last, parsed, self._context))
                return last.end
            case "fence":
                self._fence = Fence(parsed.lines[last.start])
                self._context = None
                return last.start + 1
            case "heading" | "hr":
                self.frozen.extend(self._blocks(_Parsed([last], parsed.lines, {})))
                self._context = None
                return last.end
            case _:
                return last.start

    def _freeze_prose(self) -> None:
        parsed = self._parse(self._tail)
        if not parsed.tops or parsed.tops[-1].kind != "paragraph":
            return
        last = parsed.tops[-1]
        pieces, rest = cut_prose(parsed.slice(last.start, len(parsed.lines)))
        if len(parsed.tops) > 1 or not pieces:
            return
        for piece in pieces:
            gap = not isinstance(self._context, _Prose)
            self.frozen.append(MarkdownBlock(piece, self._refs, gap=gap))
            self._context = _Prose()
        self._tail = rest

    def _freeze_code(self, fence: Fence) -> bool:
        """Take whole lines of code in; whether the fence closed."""
        *lines, partial = self._tail.split("\n")
        for index, line in enumerate(lines):
            if fence.take(line):
                self.frozen.extend(fence.close())
                self._tail = "\n".join([*lines[index + 1 :], partial])
                self._fence = None
                return True
        self.frozen.extend(fence.drain())
        self._tail = partial
        return False

    def _define(self, parsed: _Parsed, cut: int) -> None:
        """Take in the link definitions that lie before line `cut`."""
        found = {
            name: definition
            for name, definition in parsed.definitions.items()
            if definition["map"][1] <= cut
        }
        if found:
            self._refs.add(found)


def _tops(tokens: list[Token]) -> Iterator[_Top]:
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
        yield _Top(kind, token.map[0], token.map[1], number, tuple(items))


def _blank(parsed: _Parsed, line: int) -> bool:
    return not parsed.lines[line - 1].strip()
