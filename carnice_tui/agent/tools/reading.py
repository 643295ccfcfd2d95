"""Tools that only look: `read_file`, `list_files`."""

import asyncio
from typing import Annotated

from msgspec import Meta

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.limits import first_lines
from carnice_tui.agent.tools.base import Action, Arguments, Setting
from carnice_tui.agent.workspace import Place, Workspace


class ReadFile(Arguments, frozen=True):
    """Read lines of a file."""

    path: Annotated[str, Meta(description="Path of the file")]
    start: Annotated[int, Meta(description="First line to read")] = 1
    end: Annotated[int, Meta(description="Last line to read")] = 0


class ListFiles(Arguments, frozen=True):
    """List the files of a folder."""

    path: Annotated[str, Meta(description="Folder to list")]


def read_file(asked: ReadFile, setting: Setting) -> Action:
    """A whole file as it is, or the lines asked for with their numbers."""
    place = setting.workspace.place(asked.path)
    return Action(lambda: asyncio.to_thread(_read, asked, place, setting))


def list_files(asked: ListFiles, setting: Setting) -> Action:
    """The names in a folder, one a line; folders end with a slash."""
    place = setting.workspace.place(asked.path)
    return Action(lambda: asyncio.to_thread(_list, place, setting))


def text_of(workspace: Workspace, place: Place, most: int) -> str:
    """The text of a file.

    Raises:
        ToolProblem: it cannot be read, or is no text.
    """
    data = workspace.read(place, most)
    if b"\0" in data:
        raise ToolProblem(f"{place.name} is a binary file, so it is not read.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ToolProblem(f"{place.name} is no UTF-8 text, so it is not read.") from None


def _read(asked: ReadFile, place: Place, setting: Setting) -> str:
    text = text_of(setting.workspace, place, setting.limits.file_bytes)
    lines = text.removesuffix("\n").split("\n") if text else []
    first, last = max(1, asked.start), asked.end if asked.end > 0 else len(lines)
    if not lines:
        return f"({place.name} is empty)"
    if first > len(lines) or last < first:
        raise ToolProblem(f"{place.name} has {len(lines):,} lines: there is no {first} to {last}.")
    wanted = lines[first - 1 : last]
    if first > 1 or last < len(lines):
        wanted = [f"{number}: {line}" for number, line in enumerate(wanted, first)]
    shown = first_lines(wanted, setting.limits)
    if shown == wanted:
        return "\n".join(shown)
    going_on = first + len(shown)
    return "\n".join([*shown, f"… cut: {len(lines):,} lines in all; go on with start={going_on:,}"])


def _list(place: Place, setting: Setting) -> str:
    names = setting.workspace.entries(place)
    shown = first_lines(names, setting.limits)
    more = len(names) - len(shown)
    return "\n".join([*shown, *([f"… and {more:,} more"] if more else [])]) or "(empty folder)"
