"""From a message of the conversation to what the bug finder does about it."""

import asyncio
from pathlib import Path

import msgspec

from carnice_tui.core.events import BugFound, UserMessage
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Sampling
from carnice_tui.core.tree import MessageTree, Node
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.engine.base import Engine
from carnice_tui.engine.work import Work
from carnice_tui.review import prompt
from carnice_tui.review.errors import PatchRefused, ReviewError
from carnice_tui.review.finder import FinderOptions, Found
from carnice_tui.review.inquiry import found_again, inquiry
from carnice_tui.review.patch import read_exactly
from carnice_tui.review.run import passage_budget
from carnice_tui.review.turns import Explanation, Search, Suggestion


class BugWork:
    """Makes the works of the bug finder for one engine and one conversation."""

    def __init__(self, engine: Engine, tree: MessageTree, options: TurnOptions) -> None:
        """`options` are those of the mode "bugs"."""
        self._engine = engine
        self._tree = tree
        self._options = options

    async def for_message(
        self, message: UserMessage, parent: str = "", sampling: Sampling | None = None
    ) -> Work:
        """What answers `message`; files are looked for off the event loop.

        `parent` is the message it stands under. Without a `sampling` the same code gives the
        same finding.

        Raises:
            ReviewError: there is nothing to review, or the code is no longer as it was.
        """
        asked = self._options.request
        sampling = sampling or msgspec.structs.replace(asked.sampling, temperature=0.0)
        options = FinderOptions(request=msgspec.structs.replace(asked, sampling=sampling))
        if message.about is not None:
            found = await asyncio.to_thread(self._found, message.about, parent)
            if message.text == prompt.EXPLAIN:
                return Explanation(self._engine, options, found)
            before = await asyncio.to_thread(self._before, found, parent)
            return Suggestion(self._engine, options, found, before)
        about = await asyncio.to_thread(inquiry, message)
        return Search(self._engine, options, about)

    def _found(self, finding: Finding, tip: str) -> Found:
        return found_again(finding, self._asked(finding, tip), passage_budget(self._engine))

    def _asked(self, finding: Finding, tip: str) -> UserMessage:
        """The message that led to `finding`, on the branch that ends at `tip`.

        Raises:
            ReviewError: there is none.
        """
        path = self._tree.path(tip)
        for at in range(len(path) - 1, 0, -1):
            opening = path[at - 1].opening
            if isinstance(opening, UserMessage) and finding in findings_of(path[at]):
                return opening
        raise ReviewError("This finding is on another branch: go there first.")

    def _before(self, found: Found, tip: str) -> str:
        """The whole source, as it stands now.

        Raises:
            ReviewError: it cannot be read.
        """
        path = Path(found.finding.path)
        if found.finding.path and path.is_file():
            try:
                return read_exactly(path)
            except PatchRefused as error:
                raise ReviewError(f"{path}: {error}.") from error
        message = self._asked(found.finding, tip)
        if asked := prompt.asked_code(message.text):
            return asked[0]
        return next((f.text for f in message.attachments if f.name == found.finding.path), "")


def findings_of(node: Node) -> list[Finding]:
    """What was found in an answer."""
    return [r.event.finding for r in node.records if isinstance(r.event, BugFound)]
