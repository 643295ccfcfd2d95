"""`search`: where a text or a regular expression is found.

A pattern of the model's may take for ever, and Python's matcher cannot be interrupted: with more
than plain text in it the search runs in a process of its own, which can be ended.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from msgspec import Meta, structs
from pathspec import GitIgnoreSpec

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.limits import Limits, first_lines
from carnice_tui.agent.process import Finished, Run, run
from carnice_tui.agent.tools.base import Action, Arguments, Setting
from carnice_tui.agent.tools.reading import text_of
from carnice_tui.agent.workspace import Place, Workspace
from carnice_tui.core.ignore_rules import ignore_rules

_SKIPPED = frozenset(
    ("node_modules", "__pycache__", "venv", "site-packages", "target", "dist", "build")
)
"""Folders that hold nobody's own code; those with a dot before their name are passed over too."""

_SPECIAL = frozenset("\\.^$*+?{}[]|()")
"""A pattern with none of these is plain text."""

_SHOWN_LINE = 300
"""Characters of a line that is found."""


class Search(Arguments, frozen=True):
    """Search the files for a pattern."""

    pattern: Annotated[str, Meta(description="Text or regular expression")]
    path: Annotated[str, Meta(description="Where to search")] = "."


def search(asked: Search, setting: Setting) -> Action:
    """Lines that match, each with its file and number."""
    if not asked.pattern:
        raise ToolProblem("The pattern is empty.")
    where = setting.workspace.place(asked.path)
    if not setting.workspace.exists(where):
        raise ToolProblem(f"There is no {where.name} here.")
    if not _SPECIAL & set(asked.pattern):
        return Action(lambda: asyncio.to_thread(found, asked, setting.workspace, setting.limits))
    try:
        re.compile(asked.pattern)
    except re.error:
        literal = structs.replace(asked, pattern=re.escape(asked.pattern))
        return Action(lambda: asyncio.to_thread(found, literal, setting.workspace, setting.limits))
    return Action(lambda: _apart(asked, setting))


def found(asked: Search, workspace: Workspace, limits: Limits) -> str:
    """The result of a search."""
    pattern = re.compile(asked.pattern)
    lines: list[str] = []
    for place in _files(workspace, workspace.place(asked.path), limits.search_files):
        lines += _matches(pattern, place, workspace, limits)
        if len(lines) > limits.result_lines:
            break
    shown = first_lines(lines, limits)
    if len(shown) < len(lines):
        shown.append("… and more: use a longer pattern, or a path")
    return "\n".join(shown) or f"Nothing matches {asked.pattern}."


def _matches(
    pattern: "re.Pattern[str]", place: Place, workspace: Workspace, limits: Limits
) -> Iterator[str]:
    try:
        text = text_of(workspace, place, limits.file_bytes)
    except ToolProblem:  # binary, too large or gone: nothing that could be shown
        return
    for number, line in enumerate(text.split("\n"), 1):
        if pattern.search(line):
            yield f"{place.name}:{number}: {line[:_SHOWN_LINE]}"


def _files(workspace: Workspace, where: Place, most: int) -> Iterator[Place]:
    """The files under `where`, or itself; links are not followed."""
    if not workspace.is_folder(where):
        yield where
        return
    ignored = _ignored(workspace)
    seen = 0
    for folder, folders, names in os.walk(workspace.root.joinpath(*where.parts)):
        here = Path(folder).relative_to(workspace.root)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _SKIPPED
            and not name.startswith(".")
            and not ignored.match_file(f"{(here / name).as_posix()}/")
        )
        for name in sorted(names):
            if not ignored.match_file((here / name).as_posix()):
                yield Place((*here.parts, name))
                seen += 1
        if seen > most:
            return


def _ignored(workspace: Workspace) -> GitIgnoreSpec:
    try:
        lines = text_of(workspace, Place((".gitignore",)), 1_000_000).splitlines()
    except ToolProblem:
        lines = []
    return ignore_rules(lines)


async def _apart(asked: Search, setting: Setting) -> str:
    limits = setting.limits
    given = json.dumps([asked.pattern, asked.path, limits.result_bytes])
    done = await run(
        Run(
            (sys.executable, "-P", "-m", __name__, str(setting.workspace.root), given),
            setting.workspace.root,
            dict(os.environ),  # our own code: it needs what we were started with
            limits.search_seconds,
            limits.output_bytes,
            limits.output_bytes,
        )
    )
    return _told(done, asked)


def _told(done: Finished, asked: Search) -> str:
    text = done.head.decode("utf-8", "replace").removesuffix("\n")
    if done.ended == "timeout":
        raise ToolProblem(f"The search for {asked.pattern} took too long: use a simpler pattern.")
    if done.status:
        raise ToolProblem(f"The search for {asked.pattern} failed.")
    return text


def main() -> None:
    """Search as told on the command line, and write the result."""
    root, given = sys.argv[1:]
    pattern, path, result_bytes = json.loads(given)
    limits = Limits(result_bytes=result_bytes)
    text = found(Search(pattern, path), Workspace(Path(root)), limits)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
