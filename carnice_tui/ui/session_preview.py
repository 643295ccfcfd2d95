"""What a session says, as far as it fits beside the list: its end, or where a word was found."""

import re
from collections.abc import Iterable
from pathlib import Path

from textual.content import Content

from carnice_tui.core.events import TurnStarted, UserMessage
from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.core.tree import MessageTree, Node
from carnice_tui.sessions.read import read_messages
from carnice_tui.sessions.tail import read_tail

END = 64 * 1024
"""Bytes at a session's end that are read for its preview."""

WHOLE = 8 * 1024 * 1024
"""Bytes up to which a session is read whole to find the place of a word."""

SHOWN, OF_A_MESSAGE = 6_000, 1_200
"""Characters of a preview, and of one message in it."""

BEFORE = 160
"""Characters shown before the first word that was found."""


def preview(path: Path, found: Iterable[str] = ()) -> Content:
    """The last messages; with words that were `found`, the messages from the first of them on.

    Blocks on the disk: call it in a thread.

    Raises:
        SessionError: there is no such file.
    """
    words = _pattern(found)
    if words is not None and path.stat().st_size <= WHOLE:
        nodes = MessageTree(read_messages(path).records).path()
        start = next((i for i, n in enumerate(nodes) if words.search(_text(n))), None)
        if start is not None:
            return _shown(nodes[start:], words, cut_before_hit=True)
    return _shown(_last(MessageTree(read_tail(path, END).records).path()), words)


def _pattern(found: Iterable[str]) -> "re.Pattern[str] | None":
    words = sorted({word.strip().lower() for word in found} - {""}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None


def _last(nodes: list[Node]) -> list[Node]:
    """As many of the last messages as are shown, oldest first."""
    kept: list[Node] = []
    size = 0
    for node in reversed(nodes):
        size += min(len(_text(node)), OF_A_MESSAGE)
        if kept and size > SHOWN:
            break
        kept.append(node)
    return kept[::-1]


def _shown(
    nodes: list[Node], words: "re.Pattern[str] | None", *, cut_before_hit: bool = False
) -> Content:
    parts: list[Content] = []
    size = 0
    for index, node in enumerate(nodes):
        text = _text(node).strip()
        if not text or node.role == "system":
            continue
        start = 0
        if words is not None and cut_before_hit and not index and (hit := words.search(text)):
            start = max(0, hit.start() - BEFORE)
        piece = sanitize(text[start : start + OF_A_MESSAGE])
        piece = ("…" if start else "") + piece + ("…" if len(text) > start + OF_A_MESSAGE else "")
        parts += [Content.styled(_speaker(node), "bold $primary"), Content("\n")]
        parts += [*_marked(piece, words), Content("\n\n")]
        size += len(piece)
        if size > SHOWN:
            break
    return Content.assemble(*parts) if parts else Content("Nothing was said yet.")


def _marked(text: str, words: "re.Pattern[str] | None") -> Iterable[Content]:
    at = 0
    for hit in words.finditer(text) if words is not None else ():
        yield Content(text[at : hit.start()])
        yield Content.styled(hit[0], "bold reverse")
        at = hit.end()
    yield Content(text[at:])


def _speaker(node: Node) -> str:
    match node.opening:
        case TurnStarted(model=model):
            return sanitize_line(model).rsplit("/", 1)[-1] or "Model"
        case UserMessage():
            return "You"
        case _:
            return "Tool"


def _text(node: Node) -> str:
    opening = node.opening
    return "".join(node.answer) if isinstance(opening, TurnStarted) else opening.text
