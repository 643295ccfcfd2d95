"""The agent's tools in one workspace: what the model is told of them, and how a call is done."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.limits import Limits
from carnice_tui.agent.tools.base import Action, Setting, ToolKind
from carnice_tui.agent.tools.reading import ListFiles, ReadFile, list_files, read_file
from carnice_tui.agent.tools.running import RunCommand, run_command
from carnice_tui.agent.tools.searching import Search, search
from carnice_tui.agent.tools.writing import EditFile, WriteFile, edit_file, write_file
from carnice_tui.agent.workspace import Workspace
from carnice_tui.core.messages import Call
from carnice_tui.core.requests import Tool

TOOLS: tuple[ToolKind[Any], ...] = (
    ToolKind("read_file", ReadFile, read_file),
    ToolKind("list_files", ListFiles, list_files),
    ToolKind("search", Search, search),
    ToolKind("edit_file", EditFile, edit_file),
    ToolKind("write_file", WriteFile, write_file),
    ToolKind("run_command", RunCommand, run_command),
)
_BY_NAME = {tool.name: tool for tool in TOOLS}

SCHEMAS: tuple[Tool, ...] = tuple(tool.schema() for tool in TOOLS)
"""What the model is told; always in this order, so that a prompt begins as the one before."""


class Toolbox:
    """The tools in one folder."""

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`environment` is what commands are given a part of; by default our own.

        Raises:
            AgentError: there is no such folder.
        """
        self.workspace = Workspace(folder)
        self._limits = limits or Limits()
        self._environment = os.environ if environment is None else environment

    async def prepare(self, call: Call, window: int = 0) -> Action:
        """What to do for `call`; results are cut for a context window of so many tokens.

        Raises:
            ToolProblem: it cannot be done; nothing was changed.
        """
        tool = _BY_NAME.get(call.name)
        if tool is None:
            raise ToolProblem(f"There is no tool {call.name}: there are {', '.join(_BY_NAME)}.")
        setting = Setting(self.workspace, self._limits.for_window(window), self._environment)
        return await asyncio.to_thread(tool.prepared, call.arguments, setting)
