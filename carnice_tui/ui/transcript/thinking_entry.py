"""The entry of a think block: a line while collapsed, a window on its end, or all of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment

from carnice_tui.core.quantities import counted
from carnice_tui.core.sanitize import Sanitizer, sanitize
from carnice_tui.core.settings import ThinkingView
from carnice_tui.ui.transcript.block import Block, Frame, TextBlock
from carnice_tui.ui.transcript.entry import Entry, same_text
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.wrap import Line, wrap

TAIL_LINES = 8
"""Lines of thinking that the tail window shows."""


@dataclass
class _Thought:
    tokens: int = 0
    seconds: float = 0.0
    done: bool = False
    before: tuple[int, float] = (0, 0.0)
    """Tokens and seconds until it was cut, where it was."""


class _OfThinking(Block):
    """A block that looks at its entry each time."""

    __slots__ = ("_entry",)

    def __init__(self, entry: "ThinkingEntry") -> None:
        super().__init__(gap=False)
        self._entry = entry


class _ThinkingHeader(_OfThinking):
    """The line that says how long was thought."""

    __slots__ = ()

    @property
    def version(self) -> int:
        """Its figures."""
        return hash((self._entry.title(), self._entry.view))

    def draw(self, width: int, look: Look) -> list[Line]:
        """One line."""
        folded = self._entry.view == "collapsed"
        sign = look.glyphs.folded if folded else look.glyphs.unfolded
        return wrap([(f"{sign} {self._entry.title()}", look.muted)], width)[:1]


class _ThinkingTail(_OfThinking):
    """The last lines of what is thought."""

    __slots__ = ()

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
        self._thought.seconds = self._thought.before[1] + seconds

    def finish(self, tokens: int = 0, seconds: float = 0.0) -> None:
        """No more comes; the engine's own figures, where it gives them."""
        thought = self._thought
        thought.done = True
        thought.tokens = thought.before[0] + tokens if tokens else thought.tokens
        thought.seconds = thought.before[1] + seconds if seconds else thought.seconds

    def go_on(self) -> None:
        """It was cut, and more comes."""
        thought = self._thought
        thought.done, thought.before = False, (thought.tokens, thought.seconds)

    def folds_at(self, block: int) -> bool:
        """At its first line; the words under it are to be selected."""
        return block == 0

    def toggle(self) -> bool:
        """All of it, or its line alone."""
        self.view = "full" if self.view == "collapsed" else "collapsed"
        return True

    def share(self, kept: Sequence[str]) -> None:
        """The same text is held once."""
        if (same := same_text(self.source, kept)) is not None:
            if self._cut:
                self._all()
            self._parts, self._cut = [same], min(1, self._cut)

    def title(self) -> str:
        """The line that stands for it."""
        thought = self._thought
        if not thought.tokens or (self._calm and not thought.done):
            return "Thinking" if not thought.done else "Thought"
        word = "Thought" if thought.done else "Thinking"
        return f"{word} · {counted(thought.tokens, 'token')} · {thought.seconds:.1f} s"

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
