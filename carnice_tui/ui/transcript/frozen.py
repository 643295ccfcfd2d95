"""The closed blocks of a text: places in it, made into blocks while somebody looks at them.

A block of its own would take more room than its words: an item of a list is forty
characters, and an object with its piece of the text two hundred bytes. A place takes twenty.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, overload
from weakref import WeakValueDictionary

from carnice_tui.ui.transcript.block import Block

NO_NUMBER = -1
"""Of blocks that are no item of a numbered list."""


class Form(Protocol):
    """What the blocks of one kind share in a text: makes one of them of its piece."""

    @property
    def gap(self) -> bool:
        """Whether an empty line sets them off from what is before them."""
        ...

    def block(self, source: str, number: int) -> Block:
        """The block of `source`; `number` is its place in a numbered list, or `NO_NUMBER`."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """A block as a place in a text: from `begin` to before `end`, in characters."""

    begin: int
    end: int
    form: Form
    number: int = NO_NUMBER

    def block(self, text: str) -> Block:
        """The block that this is in `text`."""
        return self.form.block(text[self.begin : self.end], self.number)


class Text:
    """A text that grows piece by piece, and is one piece when it is whole."""

    def __init__(self) -> None:
        self.length = 0
        """Characters so far."""
        self._pieces: list[str] = []
        self._starts: list[int] = []

    def add(self, piece: str) -> None:
        """More of it."""
        if piece:
            self._starts.append(self.length)
            self._pieces.append(piece)
            self.length += len(piece)

    def settle(self, kept: str = "") -> None:
        """No more comes. Where `kept`, which somebody else holds, has it, it is held there."""
        whole = self.slice(0, self.length)
        at = kept.find(whole)
        self._pieces = [kept if at >= 0 else whole]
        self._starts = [-max(0, at)]

    def slice(self, begin: int, end: int) -> str:
        """The characters from `begin` to before `end`."""
        if not self._pieces:
            return ""
        at = bisect_right(self._starts, begin) - 1
        found = self._pieces[at][begin - self._starts[at] : end - self._starts[at]]
        missing = end - begin - len(found)
        if missing <= 0 or at + 1 == len(self._pieces):
            return found
        parts = [found]
        for piece in self._pieces[at + 1 :]:
            parts.append(piece[:missing])
            missing -= len(parts[-1])
            if missing <= 0:
                break
        return "".join(parts)

    def newlines(self, begin: int, end: int) -> int:
        """How many lie from `begin` to before `end`."""
        if len(self._pieces) == 1:
            start = self._starts[0]
            return self._pieces[0].count("\n", begin - start, end - start)
        return self.slice(begin, end).count("\n")


@dataclass(frozen=True, slots=True)
class Ready:
    """The form of one block that is there already."""

    made: Block

    @property
    def gap(self) -> bool:
        """Its own."""
        return self.made.gap

    def block(self, source: str, number: int) -> Block:  # noqa: ARG002 - as of any form
        """Itself."""
        return self.made


class Frozen(Sequence[Block]):
    """The closed blocks of one text, with their heights at one width.

    A block that is asked for is the same one as long as somebody holds it.
    """

    def __init__(self, ready: Iterable[Block] = ()) -> None:
        """`ready` are blocks that stand before the text."""
        self.text = Text()
        self._begins = array("I")
        self._ends = array("I")
        self._numbers = array("i")
        self._form_of = array("I")
        self._forms: list[Form] = []
        self._width = 0
        self._heights = array("I")  # in lines, at that width; 0 where it never was painted
        self._made: WeakValueDictionary[int, Block] = WeakValueDictionary()
        self.extend(Cut(0, 0, Ready(block)) for block in ready)

    def extend(self, cuts: Iterable[Cut], base: int = 0) -> None:
        """More closed blocks; their places are counted from `base`."""
        for cut in cuts:
            self._begins.append(base + cut.begin)
            self._ends.append(base + cut.end)
            self._numbers.append(cut.number)
            self._form_of.append(self._index_of(cut.form))
            self._heights.append(0)

    def _index_of(self, form: Form) -> int:
        """Where `form` is; there are few in a text, and they come in runs or take turns."""
        for index in range(len(self._forms) - 1, max(-1, len(self._forms) - 3), -1):
            if self._forms[index] is form:
                return index
        self._forms.append(form)
        return len(self._forms) - 1

    def __len__(self) -> int:
        """How many there are."""
        return len(self._begins)

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...

    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        """One of them, or some."""
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        block = self._made.get(index)
        if block is None:
            source = self.text.slice(self._begins[index], self._ends[index])
            block = self._forms[self._form_of[index]].block(source, self._numbers[index])
            self._made[index] = block
        return block

    def gap(self, index: int) -> bool:
        """Whether an empty line sets this one off."""
        return self._forms[self._form_of[index]].gap

    def between(self, index: int) -> str | None:
        """What was written before this one and after the one before it; None: it is in no text."""
        if index >= len(self) or isinstance(self._forms[self._form_of[index]], Ready):
            return None
        return self.text.slice(self._said_until(index - 1), self._begins[index])

    def after(self) -> str:
        """What was written after the last one, such as the end of a fence."""
        return self.text.slice(self._said_until(len(self) - 1), self.text.length)

    def _said_until(self, index: int) -> int:
        """Where this one ends, without the end of its last line; 0 before the first."""
        end = self._ends[index] if index >= 0 else 0
        return end - 1 if end and self.text.slice(end - 1, end) == "\n" else end

    def height(self, index: int, width: int) -> int:
        """Lines of this one at `width`: as painted, or estimated where it never was."""
        if width == self._width and (height := self._heights[index]):
            return height - 1
        form = self._forms[self._form_of[index]]
        if isinstance(form, Ready):
            return form.made.height(width)
        begin, end = self._begins[index], self._ends[index]
        return max(self.text.newlines(begin, end - 1), (end - begin) // max(1, width - 4)) + 1

    def painted(self, index: int, width: int, lines: int) -> None:
        """This one takes `lines` at `width`."""
        if width != self._width:
            self._width = width
            self._heights = array("I", bytes(self._heights.itemsize * len(self)))
        self._heights[index] = lines + 1  # a block can have no line at all

    def lines(self, width: int, start: int = 0, stop: int | None = None) -> int:
        """Lines of those from `start` to before `stop`, the empty ones before them included."""
        places = range(start, len(self) if stop is None else stop)
        return sum(self.height(at, width) + self.gap(at) for at in places)


NOTHING = Frozen()
"""No blocks."""
