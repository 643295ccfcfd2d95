"""The agent as the app runs it: its folder, what was allowed, and the question that waits."""

from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from carnice_tui.core.events import ApprovalGiven, TurnFinished
from carnice_tui.core.messages import Mode
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.conversation import Conversation
from carnice_tui.engine.options import turn_options
from carnice_tui.review.prompt import SYSTEM

if TYPE_CHECKING:
    from carnice_tui.agent.approvals import AtTheKeys, Granted
    from carnice_tui.agent.loop import AgentLoop


def options_of(settings: Settings, mode: Mode) -> TurnOptions:
    """How the turns of a mode are asked."""
    if mode == "agent":
        from carnice_tui.agent.options import agent_options  # only here: a chat needs no tools

        return agent_options(settings)
    return turn_options(settings, mode, SYSTEM if mode == "bugs" else None)


class AgentWork:
    """What the agent does in one folder, as long as the app runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._granted: Granted | None = None
        self._keys: AtTheKeys | None = None
        self._loop: AgentLoop | None = None

    @property
    def name(self) -> str:
        """The folder's, as the status line shows it."""
        return self.folder.resolve().name or str(self.folder)

    async def follow(self, conversation: Conversation, answer: Awaitable[TurnFinished]) -> None:
        """Await an answer and do what it calls for, until one calls for nothing more.

        Raises:
            AgentError: the folder is gone.
            EngineError: it could not be asked.
        """
        from carnice_tui.agent.approvals import AtTheKeys, Granted
        from carnice_tui.agent.loop import AgentLoop
        from carnice_tui.agent.toolbox import Toolbox

        self._granted = self._granted or Granted()
        self._keys = AtTheKeys()
        toolbox = Toolbox(self.folder)
        self._loop = AgentLoop(conversation, toolbox, self._keys, self._granted)
        try:
            await self._loop.run(answer)
        finally:
            self._loop = None

    def answer(self, given: ApprovalGiven) -> bool:
        """What the person says to a question; whether it waits for that.

        Nothing is kept beyond the session yet, so "always" is not said to hold for longer.
        """
        if given.answer == "always":
            given = msgspec.structs.replace(given, answer="session")
        return self._keys is not None and self._keys.answer(given)

    def stop(self) -> None:
        """End what is under way."""
        if self._loop is not None:
            self._loop.stop()
