"""Who answers what is asked: the model alone, the bug finder, or the agent at its work."""

from collections.abc import Awaitable, Callable

from carnice_tui.core.events import ApprovalGiven, TurnFinished, UserMessage
from carnice_tui.core.messages import Message, Mode
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.tree import ROOT, Node
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.base import Engine
from carnice_tui.engine.conversation import Conversation
from carnice_tui.engine.work import Work
from carnice_tui.review.prompt import SYSTEM
from carnice_tui.ui.agent_work import AgentWork
from carnice_tui.ui.bug_work import BugWork


class Answering:
    """Has what is asked in one conversation answered as its mode wants.

    What asks returns when the answer is finished, an agent's with all that it called for. It
    raises the CarniceError of what cannot be asked.
    """

    def __init__(
        self,
        engine: Engine,
        conversation: Conversation,
        agent: AgentWork,
        bug_options: Callable[[], TurnOptions],
    ) -> None:
        """`bug_options` tells how the bug finder is asked by now."""
        self._engine = engine
        self._conversation = conversation
        self._agent = agent
        self._bug_options = bug_options

    async def ask(self, message: UserMessage) -> None:
        """Ask `message` at the tip."""
        work = await self._work_for(message, self._conversation.tree.tip)
        await self._followed(self._conversation.ask(message, work), message.mode)

    async def ask_instead(self, node: str, message: UserMessage) -> None:
        """Ask `message` beside message `node`."""
        asked = self._conversation.tree.nodes.get(node)
        work = await self._work_for(message, asked.parent if asked else ROOT)
        await self._followed(self._conversation.ask_instead(node, message, work), message.mode)

    async def regenerate(self, node: str | None, mode: Mode) -> None:
        """Have it answered again, beside answer `node` (by default the last), in `mode` unless
        the bug finder was asked."""
        conversation = self._conversation
        asked = conversation.tree.nodes.get(conversation.answered(node))
        work = None
        if asked is not None and (message := _to_the_bug_finder(asked)):
            # Greedy again would say the same again.
            sampling = conversation.options.request.sampling
            work = await self._bug_work().for_message(message, asked.parent, sampling)
            mode = "bugs"
        await self._followed(conversation.regenerate(node, work), mode)

    async def resume(self, mode: Mode) -> None:
        """Have an answer that was cut gone on with."""
        await self._followed(self._conversation.resume(), mode)

    async def read_ahead(self, mode: Mode) -> None:
        """Let the engine read what the next prompt begins with, while nobody waits."""
        if mode != "bugs":
            await self._conversation.warm()
        elif not self._conversation.tree.nodes:
            # Each question of the bug finder begins anew: they share the system prompt alone.
            await self._engine.warm(TurnRequest(messages=(Message("system", SYSTEM),)))

    def approve(self, node: str, given: ApprovalGiven) -> None:
        """Answer the question about a call in message `node`."""
        if not self._agent.answer(given):
            self._conversation.approve(node, given.call_id, given.answer, given.reason)

    def stop(self) -> None:
        """End the answer soon, and what it called for; what was said is kept."""
        self._conversation.interrupt()
        self._agent.stop()

    async def _work_for(self, message: UserMessage, parent: str) -> Work | None:
        """What answers `message` under message `parent`; None: the model alone."""
        if message.mode != "bugs":
            return None
        return await self._bug_work().for_message(message, parent)

    async def _followed(self, answer: Awaitable[TurnFinished], mode: Mode) -> None:
        if mode == "agent":
            await self._agent.follow(self._conversation, answer)
        else:
            await answer

    def _bug_work(self) -> BugWork:
        return BugWork(self._engine, self._conversation.tree, self._bug_options())


def _to_the_bug_finder(node: Node) -> UserMessage | None:
    opening = node.opening
    return opening if isinstance(opening, UserMessage) and opening.mode == "bugs" else None
