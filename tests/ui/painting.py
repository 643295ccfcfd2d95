"""What text looks like when painted, and a plain full parse to compare it with."""

from rich.segment import Segment

from carnice_tui.core import paths
from carnice_tui.ui.themes import read_theme
from carnice_tui.ui.transcript.block import Block, Frame
from carnice_tui.ui.transcript.look import look_of
from carnice_tui.ui.transcript.markdown import parser
from carnice_tui.ui.transcript.render import Canvas, draw_nodes, nodes_of
from carnice_tui.ui.transcript.split import Splitter

LOOK = look_of(read_theme(paths.shipped("themes") / "carnice.toml"))
FRAME = Frame(LOOK.text, Segment("", LOOK.text), Segment("", LOOK.text), right=0)
WIDTH = 60


def painted(blocks: list[Block], width: int = WIDTH) -> list[str]:
    """The lines of `blocks` as they stand on screen."""
    lines: list[str] = []
    for index, block in enumerate(blocks):
        if block.gap and index:
            lines.append("")
        lines.extend(strip.text.rstrip() for strip in block.strips(width, LOOK, FRAME))
    return lines


def streamed(chunks: list[str], width: int = WIDTH, *, looking: bool = False) -> list[str]:
    """The lines after `chunks` came one by one; `looking`: painted after each."""
    splitter = Splitter()
    for chunk in chunks:
        splitter.feed(chunk)
        if looking:
            painted([*splitter.frozen, *splitter.open_blocks()], width)
    splitter.finish()
    return painted(splitter.frozen, width)


def parsed_at_once(source: str, width: int = WIDTH) -> list[str]:
    """The lines of one parse of the whole source, without any cutting."""
    canvas = Canvas(width, LOOK, source.split("\n"))
    lines = draw_nodes(nodes_of(parser().parse(source)), canvas)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]
