"""The card that asks for a yes, and afterwards says what was answered."""

from carnice_tui.core.events import ApprovalAsked, ApprovalGiven
from carnice_tui.core.sanitize import sanitize
from carnice_tui.review.language import is_diff
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.transcript.block import TextBlock
from carnice_tui.ui.transcript.card import CardEntry
from carnice_tui.ui.transcript.code_block import diff_of_card

KEYS = "{allow} allow once · {allow_session} for this session · {allow_always} always · {deny} no"

_ANSWERED = {
    "once": "Allowed once",
    "session": "Allowed for this session",
    "always": "Always allowed",
    "no": "Refused",
}


class ApprovalEntry(CardEntry):
    """A question of the agent's; `waits` until it is answered or its turn is over."""

    stops = True

    def __init__(self, node: str, asked: ApprovalAsked) -> None:
        self.asked = asked
        self.waits = True
        super().__init__(node, "Allow this?", "", "warning")
        self._ask(with_keys(KEYS))

    def answer(self, given: ApprovalGiven) -> None:
        """Say what was answered in the place of the keys."""
        self.waits = False
        style = "error" if given.answer == "no" else "success"
        self.recolour(style)
        self._title = TextBlock(sanitize(_ANSWERED[given.answer]), style)
        self._ask(given.reason)

    def expire(self) -> None:
        """Nobody answered before the turn was over."""
        self.waits = False
        self.recolour("muted")
        self._title = TextBlock("Not answered", "muted")
        self._ask()

    def _ask(self, below: str = "") -> None:
        """The question, its diff coloured, and what stands under it."""
        question, _, diff = self.asked.question.partition("\n\n")
        if not is_diff(diff):
            self.set_text("\n".join(filter(None, (self.asked.question, below))))
            return
        self.set_text(question)
        self._blocks.append(diff_of_card(diff))
        if below:
            self._blocks.append(TextBlock(sanitize(below)))
