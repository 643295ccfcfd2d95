"""What stands in a transcript: messages, thinking, cards and footers, each a run of blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment

from carnice_tui.core.sanitize import Sanitizer, sanitize
from carnice_tui.core.settings import ThinkingView
from carnice_tui.ui.transcript.blocks import Block, Frame, TextBlock
from carnice_tui.ui.transcript.frozen import NOTHING, Frozen
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.split import Splitter
from carnice_tui.ui.transcript.wrap import Line, wrap

TAIL_LINES = 8
"""Lines of thinking that the tail window shows."""


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


def _same(text: str, kept: Sequence[str]) -> str | None:
    """Which of `kept` is `text`, apart from empty lines around it."""
    if any(one is text for one in kept):
        return text
    bare = text.strip("\n")
    return next((one for one in kept if one.strip("\n") == bare), None)


def _lines(blocks: Sequence[Block], width: int) -> int:
    return sum(block.height(width) + block.gap for block in blocks)


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
        if self._whole is not None and (same := _same(self._whole, kept)) is not None:
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
        self._ready: list[Block] = [TextBlock(f"▫ {sanitize(a)}", "label") for a in attachments]
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


@dataclass
class _Thought:
    tokens: int = 0
    seconds: float = 0.0
    done: bool = False


class _ThinkingHeader(Block):
    """The line that says how long was thought."""

    __slots__ = ("_entry",)

    def __init__(self, entry: "ThinkingEntry") -> None:
        super().__init__(gap=False)
        self._entry = entry

    @property
    def source(self) -> str:
        """Nothing that the model wrote."""
        return ""

    @property
    def version(self) -> int:
        """Its figures."""
        return hash((self._entry.title(), self._entry.view))

    def draw(self, width: int, look: Look) -> list[Line]:
        """One line."""
        folded = self._entry.view == "collapsed"
        sign = look.glyphs.folded if folded else look.glyphs.unfolded
        return wrap([(f"{sign} {self._entry.title()}", look.muted)], width)[:1]


class _ThinkingTail(Block):
    """The last lines of what is thought."""

    __slots__ = ("_entry",)

    def __init__(self, entry: "ThinkingEntry") -> None:
        super().__init__(gap=False)
        self._entry = entry

    @property
    def source(self) -> str:
        """What is shown of it, roughly."""
        return self._entry.end(2_000)

    @property
    def version(self) -> int:
        """The length thought so far."""
        return self._entry.length

    def draw(self, width: int, look: Look) -> list[Line]:
        """At most `TAIL_LINES` of it."""
        text = self._entry.end(width * (TAIL_LINES + 1))
        lines = [
            line
            for part in text.expandtabs(4).split("\n")
            if part.strip()
            for line in wrap([(part, look.thinking)], width)
        ]
        return lines[-TAIL_LINES:]


class ThinkingEntry(Entry):
    """The think block: a line while collapsed, a window on its end, or all of it."""

    def __init__(
        self, node: str, view: ThinkingView, text: str = "", *, calm: bool = False
    ) -> None:
        """`calm`: its figures stand still until it is finished."""
        super().__init__(node)
        self._calm = calm
        self.view: ThinkingView = view
        self.length = len(text)
        self._thought = _Thought()
        self._parts = [text] if text else []
        self._clean = Sanitizer()
        self._header = _ThinkingHeader(self)
        self._tail = _ThinkingTail(self)
        self._lines: list[Block] = []
        self._rest = ""
        self._cut = 0  # parts that are already cut into lines

    @property
    def source(self) -> str:
        """What was thought."""
        return "".join(self._parts)

    def feed(self, text: str, tokens: int, seconds: float) -> None:
        """More of it. While collapsed this costs a counter."""
        self._parts.append(text)
        self.length += len(text)
        self._thought.tokens += tokens
        self._thought.seconds = seconds

    def finish(self, tokens: int = 0, seconds: float = 0.0) -> None:
        """No more comes; the engine's own figures, where it gives them."""
        self._thought.done = True
        self._thought.tokens = tokens or self._thought.tokens
        self._thought.seconds = seconds or self._thought.seconds

    def share(self, kept: Sequence[str]) -> None:
        """The same text is held once."""
        if (same := _same(self.source, kept)) is not None:
            if self._cut:
                self._all()
            self._parts, self._cut = [same], min(1, self._cut)

    def title(self) -> str:
        """The line that stands for it."""
        thought = self._thought
        if not thought.tokens or (self._calm and not thought.done):
            return "Thinking" if not thought.done else "Thought"
        word = "Thought" if thought.done else "Thinking"
        plural = "s" if thought.tokens != 1 else ""
        return f"{word} · {thought.tokens:,} token{plural} · {thought.seconds:.1f} s"

    def end(self, characters: int) -> str:
        """The last of it, safe to show."""
        found: list[str] = []
        missing = characters
        for part in reversed(self._parts):
            found.append(part[-missing:])
            missing -= len(part)
            if missing <= 0:
                break
        return sanitize("".join(reversed(found)))

    def open(self) -> Sequence[Block]:
        """The header, and what the view shows."""
        match self.view:
            case "collapsed":
                return (self._header,)
            case "tail":
                return (self._header, self._tail) if self.length else (self._header,)
            case "full":
                return (self._header, *self._all())

    def make_frame(self, look: Look) -> Frame:
        """On the page."""
        margin = Segment("  ", look.muted)
        return Frame(look.text, margin, margin)

    def _all(self) -> Sequence[Block]:
        if self._cut < len(self._parts):
            text = self._rest + self._clean.feed("".join(self._parts[self._cut :]))
            self._cut = len(self._parts)
            *whole, self._rest = text.split("\n")
            self._lines.extend(TextBlock(line, "thinking") for line in whole)
        return [*self._lines, TextBlock(self._rest, "thinking")] if self._rest else self._lines
