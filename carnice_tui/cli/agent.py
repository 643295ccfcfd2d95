"""`--agent`: what the flags mean, and the agent's turn without the app."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from carnice_tui.agent.errors import NOT_ALLOWED
from carnice_tui.cli.boundary import say
from carnice_tui.core.errors import UsageError
from carnice_tui.core.events import ApprovalGiven, Record, ToolCall, ToolCallBroken, ToolResult
from carnice_tui.core.sanitize import sanitize_line

if TYPE_CHECKING:
    from carnice_tui.agent.approvals import Unattended
    from carnice_tui.agent.loop import AgentLoop
    from carnice_tui.cli.start import Start
    from carnice_tui.engine.conversation import Conversation

_SHOWN = 160
"""Characters of a call or a result on its line."""


def as_asked(start: Start, workspace: str | None, allow: str | None, *, headless: bool) -> Start:
    """`start` as an agent's, where one was asked for; `headless`: nobody can be asked.

    Raises:
        UsageError: flags that do not go together.
        AgentError: there is no such folder, or nothing of that name to allow.
    """
    if workspace is None:
        if allow is not None:
            raise UsageError("--allow says what --agent need not ask for: add --agent.")
        return start
    if start.mode == "bugs":
        raise UsageError("--agent and --bugs are two modes: choose one.")
    if allow is not None and not headless:
        raise UsageError("--allow is for -p: in the app, answer with Alt+L where it asks.")
    from carnice_tui.agent.approvals import allowed_tools
    from carnice_tui.agent.workspace import Workspace

    root = Workspace(Path(workspace)).root
    allowed = tuple(allowed_tools(allow or ""))
    return replace(start, mode="agent", workspace=root, allowed=allowed)


def agent_loop(start: Start, conversation: Conversation, approver: Unattended) -> AgentLoop:
    """What does the calls of `conversation`.

    Raises:
        AgentError: its folder is gone.
    """
    from carnice_tui.agent.approvals import Granted
    from carnice_tui.agent.loop import AgentLoop
    from carnice_tui.agent.toolbox import Toolbox

    return AgentLoop(conversation, Toolbox(start.workspace), approver, Granted(start.allowed))


def tell_refused(approver: Unattended) -> None:
    """Say what was refused for want of somebody to ask."""
    if approver.refused:
        wanted = ",".join(sorted(approver.refused))
        say(f"Not done, since nobody could be asked: --allow {wanted} would have let it.")


class StepPrinter:
    """What the agent does, a line each, to standard error."""

    def __call__(self, record: Record) -> None:
        """Write the line of a call, a refusal or a failure."""
        match record.event:
            case ToolCall(name=name, arguments=arguments):
                given = " ".join(str(value) for value in arguments.values())
                self._line("→", f"{name} {given}")
            case ToolCallBroken(problem=problem):
                self._line("✗", f"malformed call: {problem}")
            case ApprovalGiven(answer="no", reason=reason):
                self._line("✗", f"refused: {reason}")
            case ToolResult(failed=True, text=text) if not text.startswith(NOT_ALLOWED):
                self._line("✗", text)
            case _:
                pass

    def _line(self, sign: str, text: str) -> None:
        line = sanitize_line(text)
        cut = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
        sys.stderr.write(f"{sign} {cut}\n")
        sys.stderr.flush()
