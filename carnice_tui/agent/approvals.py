"""Who says yes: the person at the keys, or what was allowed when the command was started."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from carnice_tui.agent.errors import AgentError
from carnice_tui.core.events import ApprovalAsked, ApprovalGiven
from carnice_tui.core.messages import Call

ALLOWABLE = {"edit": "edit_file", "write": "write_file", "run": "run_command"}
"""What `--allow` takes, and the tool that is meant."""


class Approver(Protocol):
    """Answers the agent's questions."""

    async def __call__(self, asked: ApprovalAsked, call: Call) -> ApprovalGiven:
        """Say yes or no to `call`; may take as long as the person does."""
        ...


class Granted:
    """The tools that need no yes any more."""

    def __init__(self, tools: Iterable[str] = ()) -> None:
        self._tools = set(tools)

    def covers(self, call: Call) -> bool:
        """Whether `call` may be done without asking."""
        return call.name in self._tools

    def take(self, given: ApprovalGiven, call: Call) -> bool:
        """Whether `given` lets `call` be done; an answer that holds for longer is kept."""
        if given.answer in ("session", "always"):
            self._tools.add(call.name)
        return given.answer != "no"


def allowed_tools(wanted: str) -> list[str]:
    """The tools that `--allow edit,run` means.

    Raises:
        AgentError: there is no such thing to allow.
    """
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names:
        if name not in ALLOWABLE:
            known = ", ".join(ALLOWABLE)
            raise AgentError(f"--allow does not know {name}: say one or more of {known}.")
    return [ALLOWABLE[name] for name in names]


class Unattended:
    """Nobody is there: what was not allowed beforehand is refused."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        """What `--allow` would have had to name."""

    async def __call__(self, asked: ApprovalAsked, call: Call) -> ApprovalGiven:
        """No, and why."""
        name = next((name for name, tool in ALLOWABLE.items() if tool == call.name), call.name)
        self.refused.add(name)
        return ApprovalGiven(asked.call_id, "no", "Nobody is there to ask, and it was not allowed.")


class AtTheKeys:
    """Waits until the person answers."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[ApprovalGiven]] = {}

    async def __call__(self, asked: ApprovalAsked, call: Call) -> ApprovalGiven:  # noqa: ARG002 - as `Ask`
        """Wait for `answer`."""
        self._waiting[asked.call_id] = asyncio.get_running_loop().create_future()
        try:
            return await self._waiting[asked.call_id]
        finally:
            del self._waiting[asked.call_id]

    def answer(self, given: ApprovalGiven) -> bool:
        """What the person says; whether it was asked for."""
        waiting = self._waiting.get(given.call_id)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(given)
        return True
