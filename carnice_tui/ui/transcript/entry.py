"""An entry: what stands in a transcript as one thing, a run of blocks in a frame."""

from collections.abc import Sequence

from rich.segment import Segment

from carnice_tui.ui.transcript.block import Block, Frame
from carnice_tui.ui.transcript.frozen import NOTHING, Frozen
from carnice_tui.ui.transcript.look import Look


class Entry:
    """A run of blocks with one frame. Its height is kept as a running sum."""

    tight = False
    """Whether it stands directly under the entry before it."""
    stops = False
    """Whether one who goes through messages stops at it, also in the middle of one."""

    def __init__(self, node: str = "") -> None:
        self.node = node
        self._frame: tuple[Look, Frame] | None = None
        self._sum: tuple[int, int, int] = (0, 0, 0)  # width, frozen blocks counted, their lines

    @property
    def source(self) -> str:
        """The text as it was written: what is copied."""
        return "\n\n".join(block.source for block in self.blocks())

    def frozen(self) -> Frozen:
        """The blocks that never change again."""
        return NOTHING

    def open(self) -> Sequence[Block]:
        """The blocks after those, which still may."""
        return ()

    def blocks(self) -> list[Block]:
        """All of them."""
        return [*self.frozen(), *self.open()]

    def count(self) -> int:
        """How many there are."""
        return len(self.frozen()) + len(self.open())

    def block(self, index: int) -> Block:
        """One of them."""
        frozen = self.frozen()
        return frozen[index] if index < len(frozen) else self.open()[index - len(frozen)]

    def gap(self, index: int) -> bool:
        """Whether an empty line sets that block off."""
        frozen = self.frozen()
        if index < len(frozen):
            return frozen.gap(index)
        return self.open()[index - len(frozen)].gap

    def block_height(self, index: int, width: int) -> int:
        """Lines of that block, estimated where it never was painted."""
        frozen = self.frozen()
        if index < len(frozen):
            return frozen.height(index, width)
        return self.open()[index - len(frozen)].height(width)

    def lines_before(self, index: int, width: int) -> int:
        """Lines of the blocks before that one, with the empty ones between."""
        frozen = self.frozen()
        lines = frozen.lines(width, stop=min(index, len(frozen)))
        return lines + _lines(self.open()[: max(0, index - len(frozen))], width)

    def frame(self, look: Look) -> Frame:
        """What surrounds its lines."""
        if self._frame is None or self._frame[0] is not look:
            self._frame = (look, self.make_frame(look))
        return self._frame[1]

    def make_frame(self, look: Look) -> Frame:
        """The frame for `look`; asked for once."""
        margin = Segment("  ", look.text)
        return Frame(look.text, margin, margin)

    def height(self, width: int) -> int:
        """Lines at `width`, without the empty one before it; estimated where never drawn."""
        known_width, counted, lines = self._sum
        frozen = self.frozen()
        if known_width != width or counted > len(frozen):
            counted = lines = 0
        lines += frozen.lines(width, counted)
        self._sum = (width, len(frozen), lines)
        leads = self.count() > 0 and self.gap(0)
        return lines + _lines(self.open(), width) - leads

    def folds_at(self, block: int) -> bool:  # noqa: ARG002 - where it can be folded
        """Whether a click on that block is for `toggle`."""
        return False

    def toggle(self) -> bool:
        """Fold or unfold it; False for what has no folds."""
        return False

    def forget(self) -> None:
        """Let go of what can be made again."""

    def share(self, kept: Sequence[str]) -> None:
        """It grows no more: hold its text where one of `kept` is the same."""

    def painted(self, index: int, width: int, lines: int) -> None:
        """Block `index` was painted, and takes `lines`."""
        before = self.block_height(index, width)
        if lines == before:
            return
        frozen = self.frozen()
        if index < len(frozen):
            frozen.painted(index, width, lines)
        known_width, counted, total = self._sum
        if known_width == width and index < counted:
            self._sum = (width, counted, total + lines - before)


def same_text(text: str, kept: Sequence[str]) -> str | None:
    """Which of `kept` is `text`, apart from empty lines around it."""
    if any(one is text for one in kept):
        return text
    bare = text.strip("\n")
    return next((one for one in kept if one.strip("\n") == bare), None)


def _lines(blocks: Sequence[Block], width: int) -> int:
    return sum(block.height(width) + block.gap for block in blocks)
