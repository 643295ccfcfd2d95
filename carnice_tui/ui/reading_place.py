"""Where one was reading: a message and a line of it, which outlives the app and its window."""

from carnice_tui.ui.transcript.thinking_entry import ThinkingEntry
from carnice_tui.ui.transcript.view import Transcript
from carnice_tui.ui.transcript.window import Window


def place_of(transcript: Transcript) -> tuple[str, int]:
    """The message and the line of it at the top of the screen; ("", 0) while the end is shown."""
    window = transcript.window
    top = window.top
    if top is None or top.entry >= len(window.entries):
        return "", 0
    node = window.entries[top.entry].node
    first = _first(window, node)
    if not node or first is None:
        return "", 0
    cells = [(e, b) for e in range(first, top.entry) for b in range(window.entries[e].count())]
    cells += [(top.entry, block) for block in range(top.block)]
    return node, sum(len(window.cell(*cell)) for cell in cells) + top.line


def go_to_place(transcript: Transcript, node: str, line: int) -> bool:
    """Show that line of that message at the top; False if the message is not shown at all."""
    first = _first(transcript.window, node) if node else None
    if first is None:
        return False
    transcript.window.to_entry(first)
    transcript.scroll_lines(line)
    return True


def unfolded(transcript: Transcript) -> tuple[str, ...]:
    """The messages whose thinking was opened by hand."""
    thread = transcript.thread
    return tuple(
        entry.node
        for entry in thread.entries
        if isinstance(entry, ThinkingEntry) and entry.view == "full" != thread.thinking
    )


def unfold(transcript: Transcript, nodes: tuple[str, ...]) -> None:
    """Open the thinking of these messages."""
    wanted = set(nodes)
    for entry in transcript.thread.entries:
        if isinstance(entry, ThinkingEntry) and entry.node in wanted:
            entry.view = "full"
    if wanted:
        transcript.refolded()


def _first(window: Window, node: str) -> int | None:
    return next((i for i, entry in enumerate(window.entries) if entry.node == node), None)
