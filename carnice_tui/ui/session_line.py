"""One session in a list: its title, when it was last written, its model, where a word is in it."""

import time
from pathlib import Path

from textual.content import Content

from carnice_tui.core.sanitize import sanitize, sanitize_line
from carnice_tui.sessions.search import Hit

DATE, MODEL = 12, 12
"""Columns of when a session was last written, and of its model."""

ROOMY = 56
"""Columns from which a line has room for the model beside a title that says something."""


def session_line(hit: Hit, width: int, folder: Path) -> Content:
    """A line as wide as `width` columns; `folder` is that of the person's own sessions."""
    info = hit.info
    when = _when(info.updated) if info.path.parent == folder else "example"
    model = sanitize_line(info.model).rsplit("/", 1)[-1]
    side = f"{when:<{DATE}}"
    if width >= ROOMY:
        side += f"  {_cut(model, MODEL):<{MODEL}}"
    title = sanitize_line(info.title) or "untitled"
    room = max(12, width - len(side) - 4)
    parts = [
        Content("● " if info.pinned else "  "),
        Content(f"{_cut(title, room):<{room}}  "),
        Content.styled(side, "$text-muted"),
    ]
    if hit.snippet:
        parts.append(Content("\n    "))
        parts += [
            Content.styled(sanitize(part.text), "bold" if part.found else "$text-muted")
            for part in hit.snippet
        ]
    return Content.assemble(*parts)


def _when(seconds: float) -> str:
    then, now = time.localtime(seconds), time.localtime()
    same_year = then.tm_year == now.tm_year
    return time.strftime("%d %b %H:%M" if same_year else "%Y-%m-%d", then)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
