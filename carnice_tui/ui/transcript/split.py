"""Cuts growing Markdown into blocks that never change again, and the open end.

CommonMark is decided line by line: once a later top-level block has begun, those before it
are closed for good. So whole lines are parsed for block structure only, everything before
the last block is frozen, and of an open list, table or fence whatever lies before its last
item, row or line. One thing reaches back: a link definition, which `References` carries.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from carnice_tui.core.sanitize import Sanitizer
from carnice_tui.ui.transcript.block import Block
from carnice_tui.ui.transcript.fence import Fence
from carnice_tui.ui.transcript.forms import Item, Prose, Row
from carnice_tui.ui.transcript.frozen import NO_NUMBER, Cut, Frozen
from carnice_tui.ui.transcript.hold import shown_tail
from carnice_tui.ui.transcript.markdown_block import References
from carnice_tui.ui.transcript.outline import Outline, Top, outline_of
from carnice_tui.ui.transcript.prose import LONGEST, cut_prose
from carnice_tui.ui.transcript.row_block import columns_of, measure_row

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

    row: Row
    """Of its rows, not of its headings."""


@dataclass(frozen=True)
class _Prose:
    """The text goes on a paragraph of which a piece is frozen."""


_Context = _List | _Table | _Prose | None


class Splitter:
    """Takes Markdown in any chunks; `frozen` and `open_blocks` together are all of it."""

    def __init__(self, ready: Iterable[Block] = ()) -> None:
        """`ready` are blocks that stand before the text."""
        self.frozen = Frozen(ready)
        self._clean = Sanitizer()
        self._refs = References()
        self._prose = (Prose(self._refs, gap=False), Prose(self._refs))
        self._item = (Item(self._refs, gap=False), Item(self._refs, gap=True))
        self._tail = ""
        self._context: _Context = None
        self._fence: Fence | None = None
        self._open: list[Block] | None = None

    def feed(self, chunk: str) -> None:
        """More text."""
        self._take(self._clean.feed(chunk))

    def finish(self, kept: str = "") -> None:
        """No more text comes: freeze everything. `kept` is the text where somebody holds it."""
        self._take(self._clean.end())
        if self._fence is not None:
            if self._tail.strip():
                self._fence.take(self._tail)
            self.frozen.extend(self._fence.close())
        else:
            outline = self._outline(self._tail)
            self._freeze_blocks(self._blocks(outline, outline.tops))
            self._refs.add(outline.defined_before(len(outline.lines)))
        self._consume(len(self._tail))
        self.frozen.text.settle(kept)
        self._context, self._fence, self._open = None, None, None

    def open_blocks(self) -> list[Block]:
        """The end of the text that may still change, as it is best shown now."""
        if self._open is None:
            if self._fence is not None:
                self._open = [self._fence.open_block(self._tail)]
            elif isinstance(self._context, _Table) and "\n" not in self._tail:
                self._open = []  # a row is shown when it is whole
            else:
                shown = shown_tail(self._tail)
                outline = self._outline(shown)
                self._open = [cut.block(shown) for cut in self._blocks(outline, outline.tops)]
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

    def _outline(self, text: str) -> Outline:
        head = f"{self._context.row.head}\n" if isinstance(self._context, _Table) else ""
        return outline_of(text, head)

    # -- whole blocks

    def _blocks(self, outline: Outline, tops: Sequence[Top]) -> Iterator[Cut]:
        """The blocks of some of the top-level blocks, the first of them in the present context."""
        context = self._context
        for top in tops:
            match top.kind:
                case "bullet_list" | "ordered_list":
                    yield from self._items(top, outline, context, len(top.items))
                case "table":
                    if not isinstance(context, _Table):
                        context, heading = self._heading(top, outline)
                        yield heading
                    yield from self._rows(top, outline, context)
                case "fence":
                    fence = Fence(outline.lines[top.start], outline.starts[top.start + 1])
                    for line in outline.lines[top.start + 1 : top.end]:
                        fence.take(line)
                    yield from fence.close()
                case "paragraph":
                    pieces, rest = cut_prose(outline.slice(top.start, top.end))
                    at = outline.starts[top.start]
                    for index, piece in enumerate([*pieces, rest]):
                        gap = not index and not isinstance(context, _Prose)
                        yield Cut(at, at + len(piece), self._prose[gap])
                        at += len(piece) + 1
                case _:
                    yield Cut(*outline.whole(top.start, top.end), self._prose[True])
            context = None

    def _items(self, top: Top, outline: Outline, context: _Context, count: int) -> Iterator[Cut]:
        first = self._list_of(top, context)
        starts = [*top.items, top.end]
        for index in range(count):
            number = NO_NUMBER if first.number is None else first.number + index
            gap = outline.is_set_off(starts[index]) if index else first.gap
            yield Cut(*outline.whole(starts[index], starts[index + 1]), self._item[gap], number)

    def _list_of(self, top: Top, context: _Context) -> _List:
        return context if isinstance(context, _List) else _List(top.number, gap=True)

    def _heading(self, top: Top, outline: Outline) -> tuple[_Table, Cut]:
        head = outline.slice(top.start, top.start + HEAD)
        columns = columns_of(head)
        heading = Row(head, columns, self._refs, gap=True)
        place = outline.span(top.start, top.start + 1)
        return _Table(Row(head, columns, self._refs, gap=False)), Cut(*place, heading)

    def _rows(self, top: Top, outline: Outline, table: _Table) -> Iterator[Cut]:
        for line in range(top.start + HEAD, top.end):
            measure_row(table.row.head, outline.lines[line], table.row.columns)
            yield Cut(*outline.span(line, line + 1), table.row)

    # -- freezing

    def _freeze_blocks(self, cuts: Iterable[Cut]) -> None:
        """Blocks of the tail are closed; the tail itself is taken off it by `_consume`."""
        self.frozen.extend(cuts, self.frozen.text.length)

    def _consume(self, characters: int) -> None:
        """So much of the tail is in closed blocks."""
        self.frozen.text.add(self._tail[:characters])
        self._tail = self._tail[characters:]

    def _freeze(self) -> bool:
        """Freeze what is closed by now; whether to look again."""
        if self._fence is not None:
            return self._freeze_code(self._fence)
        end = self._tail.rfind("\n") + 1
        outline = self._outline(self._tail[:end])
        if not outline.tops:
            return False
        self._freeze_blocks(self._blocks(outline, outline.tops[:-1]))
        if len(outline.tops) > 1:
            self._context = None
        cut = self._freeze_part(outline.tops[-1], outline)
        self._refs.add(outline.defined_before(cut))
        self._consume(outline.starts[cut])
        return self._fence is not None

    def _freeze_part(self, last: Top, outline: Outline) -> int:
        """Freeze what is closed of the last block; the line where the open rest begins."""
        match last.kind:
            case "bullet_list" | "ordered_list":
                done = len(last.items) - 1
                self._freeze_blocks(self._items(last, outline, self._context, done))
                first = self._list_of(last, self._context)
                number = None if first.number is None else first.number + done
                gap = outline.is_set_off(last.items[-1]) if done else first.gap
                self._context = _List(number, gap)
                return last.items[-1]
            case "table":
                if not isinstance(self._context, _Table):
                    self._context, heading = self._heading(last, outline)
                    self._freeze_blocks([heading])
                self._freeze_blocks(self._rows(last, outline, self._context))
                return last.end
            case "fence":
                at = self.frozen.text.length + outline.starts[last.start + 1]
                self._fence = Fence(outline.lines[last.start], at)
                self._context = None
                return last.start + 1
            case "heading" | "hr":
                self._freeze_blocks(self._blocks(outline, [last]))
                self._context = None
                return last.end
            case _:
                return last.start

    def _freeze_prose(self) -> None:
        outline = self._outline(self._tail)
        if not outline.tops or outline.tops[-1].kind != "paragraph":
            return
        last = outline.tops[-1]
        pieces, _ = cut_prose(outline.slice(last.start, len(outline.lines)))
        if len(outline.tops) > 1 or not pieces:
            return
        at = outline.starts[last.start]
        for piece in pieces:
            gap = not isinstance(self._context, _Prose)
            self._freeze_blocks([Cut(at, at + len(piece), self._prose[gap])])
            self._context = _Prose()
            at += len(piece) + 1
        self._consume(at)

    def _freeze_code(self, fence: Fence) -> bool:
        """Take whole lines of code in; whether the fence closed."""
        *lines, partial = self._tail.split("\n")
        at = 0
        for line in lines:
            at += len(line) + 1
            if fence.take(line):
                self.frozen.extend(fence.close())
                self._consume(at)
                self._fence = None
                return True
        self.frozen.extend(fence.drain())
        self._consume(len(self._tail) - len(partial))
        return False
