"""The loop: the model answers, its calls are done, it reads the results and answers again.

The conversation only grows, so each step costs the tokens it adds. All that happens is an event
of the conversation; what goes wrong in a tool is a result for the model, never an exception.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable

from carnice_tui.agent.approvals import Approver, Granted
from carnice_tui.agent.errors import NOT_ALLOWED, ToolProblem
from carnice_tui.agent.toolbox import Toolbox
from carnice_tui.core.events import (
    ApprovalAsked,
    ApprovalGiven,
    Notice,
    ToolCallBroken,
    ToolResult,
    TurnFinished,
)
from carnice_tui.core.messages import Call
from carnice_tui.core.tree import Node
from carnice_tui.engine.conversation import Conversation

STEPS = 30
"""Answers of the model to one message of the person's."""

BROKEN_IN_A_ROW = 3
"""Answers with nothing but malformed calls, after which the model will not find out by itself."""

REPEATS = 5
"""Of one call with one result: more of it would bring nothing new."""

INTERRUPTED = "Interrupted by the user."


class AgentLoop:
    """Follows one conversation's answers with what they call for."""

    def __init__(
        self,
        conversation: Conversation,
        toolbox: Toolbox,
        approver: Approver,
        granted: Granted,
        *,
        steps: int = STEPS,
    ) -> None:
        """`granted` outlives the loop: what is allowed for the session."""
        self._conversation = conversation
        self._toolbox = toolbox
        self._approver = approver
        self._granted = granted
        self._steps = steps
        self._stopped = False
        self._call: asyncio.Task[ToolResult] | None = None

    async def run(self, first: Awaitable[TurnFinished]) -> TurnFinished:
        """Await the `first` answer, and go on until one calls for nothing more.

        Raises:
            EngineError: the first answer could not be asked for.
        """
        finished = await first
        broken = 0
        done: Counter[tuple[str, str]] = Counter()
        for _ in range(self._steps - 1):
            node = self._conversation.tree.path()[-1]
            problems = _problems(node)
            if not (node.calls or problems):
                return finished
            if self._stopped or finished.reason not in ("tool-calls", "stop"):
                self._leave_undone(node.calls)
                return finished
            broken = 0 if node.calls else broken + 1
            await self._answer_calls(node.calls, problems, done)
            if self._stopped:
                return TurnFinished("cancelled", finished.stats)
            if ends := _ends(broken, done):
                self._conversation.tell(Notice("warning", ends))
                return finished
            finished = await self._conversation.go_on()
        node = self._conversation.tree.path()[-1]
        if node.calls:
            self._leave_undone(node.calls, "Not done: that were too many steps.")
            told = f"Stopped after {self._steps} steps: say how to go on."
            self._conversation.tell(Notice("warning", told))
        return finished

    def stop(self) -> None:
        """End it soon: the answer, the tool or the question under way."""
        self._stopped = True
        self._conversation.interrupt()
        if self._call is not None:
            self._call.cancel()

    async def _answer_calls(
        self, calls: list[Call], problems: list[str], done: Counter[tuple[str, str]]
    ) -> None:
        """Open a result for every call, in order, and for every text that was meant as one."""
        for at, call in enumerate(calls):
            if self._stopped:
                self._leave_undone(calls[at:])
                return
            self._call = asyncio.ensure_future(self._result(call))
            try:
                result = await self._call
            except asyncio.CancelledError:
                self._leave_undone(calls[at:])
                if not self._stopped:  # it is not the call that is cancelled, but we are
                    raise
                return
            finally:
                self._call = None
            self._conversation.result(result)
            done[f"{call.name} {sorted(call.arguments.items())}", result.text] += 1
        for problem in problems:
            text = f"The tool call was malformed: {problem}. Write it again."
            self._conversation.result(ToolResult("", text, failed=True))

    async def _result(self, call: Call) -> ToolResult:
        model = self._conversation.engine.model
        try:
            action = await self._toolbox.prepare(call, model.context_window if model else 0)
            if action.question and not self._granted.covers(call):
                await self._ask(call, action.question)
            return ToolResult(call.id, await action.do())
        except ToolProblem as problem:
            return ToolResult(call.id, str(problem), failed=True)
        except Exception as error:
            return ToolResult(call.id, f"The tool broke: {error!r}.", failed=True)

    async def _ask(self, call: Call, question: str) -> None:
        """Wait for a yes.

        Raises:
            ToolProblem: it was a no.
        """
        asked = ApprovalAsked(call.id, question)
        self._conversation.tell(asked)
        given = ApprovalGiven(call.id, "no", INTERRUPTED)
        try:
            given = await self._approver(asked, call)
        finally:
            self._conversation.tell(given)
        if not self._granted.take(given, call):
            reason = f" ({given.reason})" if given.reason else ""
            raise ToolProblem(f"{NOT_ALLOWED}{reason}")

    def _leave_undone(self, calls: list[Call], why: str = INTERRUPTED) -> None:
        """Every call has a result: models and servers expect one."""
        for call in calls:
            self._conversation.result(ToolResult(call.id, why, failed=True))


def _problems(node: Node) -> list[str]:
    return [r.event.problem for r in node.records if isinstance(r.event, ToolCallBroken)]


def _ends(broken: int, done: Counter[tuple[str, str]]) -> str:
    """Why it goes no further, "" if it does."""
    if broken >= BROKEN_IN_A_ROW:
        return f"Stopped: {broken} malformed tool calls in a row."
    if done and max(done.values()) >= REPEATS:
        return f"Stopped: the same call gave the same result {REPEATS} times."
    return ""
