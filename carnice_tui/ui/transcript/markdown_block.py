"""Blocks of Markdown, and the link definitions that all those of one text share."""

from dataclasses import dataclass, field

from markdown_it.token import Token

from carnice_tui.ui.transcript.block import Block
from carnice_tui.ui.transcript.look import Look
from carnice_tui.ui.transcript.markdown import parser
from carnice_tui.ui.transcript.render import Canvas, draw_item, draw_nodes, nodes_of
from carnice_tui.ui.transcript.wrap import Line


@dataclass
class References:
    """The link reference definitions of one text. A later one may turn earlier text to links."""

    defined: dict[str, object] = field(default_factory=dict[str, object])
    version: int = 0

    def add(self, found: dict[str, object]) -> None:
        """Take definitions in: the first of a name counts."""
        for name, definition in found.items():
            if name not in self.defined:
                self.defined[name] = definition
                self.version += 1

    def env(self) -> dict[str, object]:
        """What the parser is given; what it adds stays out of here."""
        return {"references": dict(self.defined)}


class MarkdownBlock(Block):
    """One or more top-level Markdown blocks."""

    __slots__ = ("_refs",)

    def __init__(self, source: str, refs: References, *, gap: bool = True) -> None:
        super().__init__(source, gap=gap)
        self._refs = refs

    @property
    def source(self) -> str:
        """The Markdown, without the end of its last line."""
        return self._source.removesuffix("\n")

    @property
    def version(self) -> int:
        """Of the definitions, where a bracket could be a link to one."""
        return self._refs.version if "[" in self._source else 0

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines."""
        return draw_nodes(nodes_of(self._parse()), self._canvas(width, look))

    def _parse(self) -> list[Token]:
        return parser().parse(self._source, self._refs.env() if "[" in self._source else {})

    def _canvas(self, width: int, look: Look) -> Canvas:
        return Canvas(width, look, self._source.split("\n"))


class ItemBlock(MarkdownBlock):
    """One item of a top-level list; `number` is its place in a numbered one."""

    __slots__ = ("_number",)

    def __init__(self, source: str, refs: References, number: int | None, *, gap: bool) -> None:
        super().__init__(source, refs, gap=gap)
        self._number = number

    def draw(self, width: int, look: Look) -> list[Line]:
        """Its lines, after its bullet or number."""
        canvas = self._canvas(width, look)
        lines: list[Line] = []
        for node in nodes_of(self._parse()):
            if node.kind.endswith("_list") and node.children and not lines:
                lines.extend(draw_item(node.children[0], canvas, self._number))
            else:
                lines.extend(draw_nodes([node], canvas))
        return lines
