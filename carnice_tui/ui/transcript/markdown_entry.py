"""Entries of words: Markdown that grows or is whole, and what the user sent."""

from collections.abc import Sequence

from rich.segment import Segment

from carnice_tui.core.sanitize import sanitize
from carnice_tui.ui.transcript.block import Block, Frame, TextBlock
from carnice_tui.ui.transcript.card import PartsBlock
from carnice_tui.ui.transcript.entry import Entry, same_text
from carnice_tui.ui.transcript.frozen import Frozen
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.split import Splitter


class MarkdownEntry(Entry):
    """Markdown that grows or is whole; it is cut into blocks when it is looked at."""

    def __init__(self, node: str, source: str | None = None, *, calm: bool = False) -> None:
        """`source`: the whole text, for one that grows no more.

        `calm`: a block is shown once it is whole.
        """
        super().__init__(node)
        self._calm = calm
        self._whole = source
        self._splitter: Splitter | None = None if source is not None else Splitter()
        self._parts: list[str] = []
        self._known: tuple[int, int] = (0, 0)  # the height that was seen, at a width

    @property
    def source(self) -> str:
        """The Markdown."""
        text = "".join(self._parts) if self._whole is None else self._whole
        return text.strip("\n") if self._whole is not None else text

    def feed(self, text: str) -> None:
        """More text."""
        if self._whole is not None:
            self._reopen(self.source)
        self._parts.append(text)
        self._split().feed(text)

    def finish(self) -> None:
        """No more comes."""
        if self._whole is None:
            self._whole = "".join(self._parts)
            self._split().finish(self._whole)
            self._parts = []

    def share(self, kept: Sequence[str]) -> None:
        """The same text is held once."""
        if self._whole is not None and (same := same_text(self._whole, kept)) is not None:
            self._whole = same
            if self._splitter is not None:
                self._splitter.frozen.text.settle(same)

    def forget(self) -> None:
        """Let go of the blocks: they are made again when it is looked at."""
        if self._splitter is not None and self._whole is not None:
            width = self._sum[0]
            self._known = (width, self.height(width))
            self._splitter = None
            self._sum = (0, 0, 0)

    def frozen(self) -> Frozen:
        """The closed blocks."""
        return self._split().frozen

    def open(self) -> Sequence[Block]:
        """The open end."""
        if self._whole is not None:
            return ()
        blocks = self._split().open_blocks()
        return blocks[:-1] if self._calm else blocks

    def height(self, width: int) -> int:
        """As it was seen; estimated from the length while nobody has looked."""
        if self._splitter is None and self._whole is not None:
            known, height = self._known
            if known == width:
                return height
            return self._whole.count("\n") + len(self._whole) // max(1, width - 4) + 1
        return super().height(width)

    def _split(self) -> Splitter:
        if self._splitter is None:
            self._splitter = self._new_splitter()
            self._splitter.feed(self.source)
            self._splitter.finish(self._whole or "")
        return self._splitter

    def _new_splitter(self) -> Splitter:
        return Splitter()

    def _reopen(self, source: str) -> None:
        """A finished answer is continued."""
        self._parts, self._whole = [source], None
        self._splitter = Splitter()
        self._splitter.feed(source)


class UserEntry(MarkdownEntry):
    """What the user sent: as typed, but fences in it are highlighted."""

    def __init__(self, node: str, text: str, attachments: Sequence[str] = ()) -> None:
        """`attachments`: a line for each."""
        super().__init__(node, text)
        self._text = text
        # Blocks without a source: a copy is what was written, and that names its files.
        self._ready: list[Block] = [PartsBlock([(f"▫ {a}", "label")]) for a in attachments]
        self._plain: Frozen | None = None
        if "```" not in text and "~~~" not in text:
            self._plain = Frozen([*self._ready, TextBlock(sanitize(text), "user")])

    @property
    def source(self) -> str:
        """As typed."""
        return self._text

    def frozen(self) -> Frozen:
        """The attachments and the text."""
        return super().frozen() if self._plain is None else self._plain

    def _new_splitter(self) -> Splitter:
        return Splitter(self._ready)

    def height(self, width: int) -> int:
        """As any other."""
        return Entry.height(self, width)

    def make_frame(self, look: Look) -> Frame:
        """Raised from the page, with a mark."""
        mark = f"{look.glyphs.user} "
        rest = Segment(" " * len(mark), look.user)
        return Frame(look.user, Segment(mark, look.user_mark), rest)
