"""Tools that change files, after a yes: `edit_file`, `write_file`."""

import asyncio
import difflib
from typing import Annotated

from msgspec import Meta

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.tools.base import Action, Arguments, Setting
from carnice_tui.agent.tools.reading import text_of
from carnice_tui.agent.workspace import Place

_CONTEXT = 3
_NEAREST = 3
"""Real lines shown where a text was not found: enough to copy the right one."""


class EditFile(Arguments, frozen=True):
    """Replace text in a file."""

    path: Annotated[str, Meta(description="Path of the file")]
    old: Annotated[str, Meta(description="Exact text to replace")]
    new: Annotated[str, Meta(description="Text to put in its place")]


class WriteFile(Arguments, frozen=True):
    """Write a file."""

    path: Annotated[str, Meta(description="Path of the file")]
    content: Annotated[str, Meta(description="Whole new content")]


def edit_file(asked: EditFile, setting: Setting) -> Action:
    """Put `new` in the place of `old`, which must be there exactly once."""
    place = setting.workspace.place(asked.path)
    before = text_of(setting.workspace, place, setting.limits.file_bytes)
    after = _edited(asked, place, before)
    return _change(place, before, after, f"edited {place.name}", setting)


def write_file(asked: WriteFile, setting: Setting) -> Action:
    """Give a file a whole new content; it may be new."""
    place = setting.workspace.place(asked.path)
    if not setting.workspace.exists(place):
        return _change(place, None, asked.content, f"wrote {place.name}", setting)
    before = text_of(setting.workspace, place, setting.limits.file_bytes)
    if before == asked.content:
        raise ToolProblem(f"{place.name} holds exactly that already.")
    return _change(place, before, asked.content, f"wrote {place.name}", setting)


def _edited(asked: EditFile, place: Place, before: str) -> str:
    if not asked.old:
        raise ToolProblem("The text to replace is empty: write_file writes a whole file.")
    if asked.old == asked.new:
        raise ToolProblem("The new text is the same as the old one.")
    count = before.count(asked.old)
    if count == 1:
        return before.replace(asked.old, asked.new)
    if count > 1:
        raise ToolProblem(
            f"The text is in {place.name} {count:,} times: give more of the lines around it, so "
            "that it is there once."
        )
    nearest = difflib.get_close_matches(
        asked.old.split("\n")[0], before.split("\n")[:5_000], _NEAREST, 0.5
    )
    hint = "\nThe nearest lines are:\n" + "\n".join(nearest) if nearest else ""
    raise ToolProblem(f"The text is not in {place.name}; it must match exactly.{hint}")


def _change(place: Place, before: str | None, after: str, done: str, setting: Setting) -> Action:
    """Ask with the diff, and write what was agreed to, unless the file is another by then."""
    workspace = setting.workspace
    data = after.encode("utf-8", "surrogatepass")

    async def do() -> str:
        old = None if before is None else before.encode("utf-8")
        await asyncio.to_thread(workspace.write, place, data, before=old)
        return done

    verb = "Create" if before is None else "Change"
    return Action(do, f"{verb} {place.name}?\n\n{unified(place.name, before, after)}")


def unified(name: str, before: str | None, after: str) -> str:
    """The change as a unified diff; `before` None is a file that is new."""
    parts: list[str] = []
    source = "/dev/null" if before is None else f"a/{name}"
    for line in difflib.unified_diff(
        _with_ends(before or ""), _with_ends(after), source, f"b/{name}", n=_CONTEXT
    ):
        parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)


def _with_ends(text: str) -> list[str]:
    """Split at newlines alone: other line ends are part of a line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]
