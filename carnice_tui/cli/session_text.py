"""How sessions look in a terminal: lists, search hits, figures. Everything in them is made safe."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions.listing import SessionInfo
from carnice_tui.sessions.search import Hit

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_NARROWEST = 20
"""Columns that a title gets at least."""
_WIDEST_MODEL = 24


def table(sessions: Sequence[SessionInfo], now: datetime) -> Iterator[str]:
    """A line a session: id, when it was written, turns, title, model."""
    width = shutil.get_terminal_size().columns
    models = [sanitize_line(info.model).rsplit("/", 1)[-1] for info in sessions]
    side = min(_WIDEST_MODEL, max(map(len, models), default=0))
    for info, model in zip(sessions, models, strict=True):
        mark = "★" if info.pinned else " "
        turns = f"{info.turns:>4}" if info.turns else "    "
        head = f"{sanitize_line(info.id):<12}{mark} {when(info.updated, now):>11} {turns}  "
        room = max(_NARROWEST, width - len(head) - side - 2)
        yield f"{head}{clipped(title(info), room):<{room}}  {clipped(model, side)}".rstrip()


def hits(found: Iterable[Hit], now: datetime, *, bold: bool) -> Iterator[str]:
    """Two lines a hit: the session, and the words around what was found."""
    for hit in found:
        info = hit.info
        yield f"{sanitize_line(info.id)}  {when(info.updated, now)}  {title(info)}"
        words = "".join(
            f"{_BOLD}{safe_stretch(part.text)}{_PLAIN}"
            if bold and part.found
            else safe_stretch(part.text)
            for part in hit.snippet
        )
        if words:
            yield f"    {words}"


def figures(sessions: Sequence[SessionInfo]) -> Iterator[str]:
    """Sums over all sessions."""
    answer = sum(info.answer_tokens for info in sessions)
    reasoning = sum(info.reasoning_tokens for info in sessions)
    seconds = sum(info.seconds for info in sessions)
    yield f"sessions          {len(sessions):>12,}"
    yield f"turns             {sum(info.turns for info in sessions):>12,}"
    yield f"answer tokens     {answer:>12,}"
    yield f"thinking tokens   {reasoning:>12,}"
    yield f"time working      {seconds / 3600:>12,.1f} h"
    yield f"size              {sum(info.size for info in sessions) / 1e6:>12,.1f} MB"
    models = Counter[str]()
    for info in sessions:
        models[sanitize_line(info.model) or "(none yet)"] += info.turns
    for model, turns in models.most_common():
        yield f"  {turns:>6,} turns with {model}"


def when(seconds: float, now: datetime) -> str:
    """A moment as people read it: today by the clock, this year by the day."""
    try:
        moment = datetime.fromtimestamp(seconds, now.tzinfo)
    except (OverflowError, ValueError, OSError):  # a disk takes years that no calendar has
        return "(no date)"
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{moment:%d %b}" if moment.year == now.year else f"{moment:%Y-%m-%d}"


def title(info: SessionInfo) -> str:
    """What the session is called."""
    return sanitize_line(info.title) or "(no title)"


def clipped(text: str, room: int) -> str:
    """`text` in at most `room` characters."""
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def safe_stretch(text: str) -> str:
    """`text` safe for one line, with the spaces at its ends."""
    lead = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return f"{lead}{sanitize_line(text)}{tail}"
