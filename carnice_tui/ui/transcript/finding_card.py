"""Cards of the bug finder: a finding, a patch, how far a review is."""

from collections.abc import Sequence

from pygments.token import Token

from carnice_tui.core.finding import Finding
from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.ui.keys import keys_of, with_keys
from carnice_tui.ui.transcript.block import Block
from carnice_tui.ui.transcript.card import CardEntry, LineEntry, Part, PartsBlock
from carnice_tui.ui.transcript.code import LineLexer
from carnice_tui.ui.transcript.code_block import diff_of_card
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.render import code_line
from carnice_tui.ui.transcript.wrap import Line, wrap

KEYS = "{browse}, then  o open · f copy FIX · x explain · s suggest a patch"

_EDGES = {"error": "error", "warning": "warning", "note": "muted"}
_LABEL = 5
"""Cells of "BUG" and "FIX" with the blanks after them."""
_BAR = 20
"""Cells of a progress bar: an eye sees a twentieth, and 80 columns leave room for a path."""


class NumberedLine(Block):
    """One line of code behind its number."""

    __slots__ = ("_language", "_number")

    def __init__(self, number: int, text: str, language: str) -> None:
        super().__init__(text, gap=False)
        self._number = number
        self._language = language

    def draw(self, width: int, look: Look) -> list[Line]:
        """The line, highlighted."""
        gutter = (Token.Comment, f"{self._number:>4}{look.glyphs.column}")
        pieces = LineLexer(self._language).line(sanitize(self.source).replace("\n", " "))
        return code_line([gutter, *pieces], width, look)


class FindingEntry(CardEntry):
    """BUG and FIX, where it is, and how sure the model was."""

    stops = True

    def __init__(self, node: str, finding: Finding, *, keys: bool = True) -> None:
        """`keys`: whether it names the keys for what can be done about it."""
        self.finding = finding
        edge = _EDGES[finding.level]
        super().__init__(node, "", "", edge)
        where = PartsBlock(_where(finding))
        bug = PartsBlock([("BUG", f"{edge}+strong"), (finding.bug, "text")], indent=_LABEL)
        fix = PartsBlock([("FIX", "success+strong"), (finding.fix, "text")], indent=_LABEL)
        code: list[Block] = []
        if finding.is_located and finding.code.strip():
            code.append(NumberedLine(finding.first_line, finding.code, finding.language))
        hint: list[Block] = [PartsBlock([(with_keys(KEYS), "muted")])] if keys else []
        self._blocks = [where, bug, *code, fix, *hint]

    @property
    def source(self) -> str:
        """The two lines of the contract."""
        return f"BUG: {self.finding.bug}\nFIX: {self.finding.fix}"

    def open(self) -> Sequence[Block]:
        """Where, BUG, the line of code, FIX."""
        return self._blocks


def _where(finding: Finding) -> list[Part]:
    lines = f"line{'' if finding.first_line == finding.last_line else 's'} {finding.lines}"
    parts: list[Part] = []
    if finding.path:
        parts.append((f"{finding.path}:{finding.lines}", "primary+strong"))
    else:
        parts.append((lines, "primary+strong"))
    aside: list[str] = []
    if not finding.is_located:
        aside.append("somewhere in these lines")
    if finding.symbol:
        aside.append(finding.symbol)
    if finding.confidence is not None:
        aside.append(f"{finding.confidence:.0%} sure")
    if aside:
        parts.append((f" · {' · '.join(aside)}", "muted"))
    return parts


class PatchEntry(CardEntry):
    """A suggested change, coloured as a diff."""

    stops = True

    def __init__(self, node: str, diff: str, path: str = "") -> None:
        self.diff = diff
        self.path = path
        shown = sanitize_line(path) or "the pasted code"
        super().__init__(node, f"Patch of {shown} · checked to apply, not applied", "", "primary")
        action = "a apply · y copy" if path else "y copy"
        keys = PartsBlock([(f"{keys_of('browse')}, then  {action}", "muted")])
        self._blocks = [diff_of_card(diff), keys]

    @property
    def source(self) -> str:
        """The diff."""
        return self.diff

    def open(self) -> Sequence[Block]:
        """Title, diff."""
        return (self._title, *self._blocks)


class _Bar(Block):
    """How much is done, as a bar where bars can be seen, and in figures."""

    __slots__ = ("done", "path", "total")

    def __init__(self) -> None:
        super().__init__(gap=False)
        self.done, self.total, self.path = 0, 0, ""

    @property
    def version(self) -> int:
        """Its figures."""
        return hash((self.done, self.total, self.path))

    def draw(self, width: int, look: Look) -> list[Line]:
        """One line."""
        full = _BAR * self.done // self.total if self.total else 0
        bar = look.glyphs.full * full + look.glyphs.empty * (_BAR - full)
        text = f"{self.done:,} of {self.total:,} · {sanitize_line(self.path)}"
        spans = [(f"{bar} ", look.primary)] if bar else []
        return wrap([*spans, (text, look.muted)], width)[:1]


class ProgressEntry(LineEntry):
    """How far a review is, while it goes on."""

    def __init__(self, node: str) -> None:
        super().__init__(node, "")
        self._bar = _Bar()

    def show(self, done: int, total: int, path: str) -> None:
        """So far."""
        self._bar.done, self._bar.total, self._bar.path = done, total, path

    def open(self) -> Sequence[Block]:
        """The bar."""
        return (self._bar,)
