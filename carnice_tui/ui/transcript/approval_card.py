"""The card that asks for a yes, and afterwards says what was answered."""

from carnice_tui.core.events import ApprovalAsked, ApprovalGiven
from carnice_tui.core.sanitize import sanitize
from carnice_tui.ui.transcript.blocks import TextBlock
from carnice_tui.ui.transcript.card import CardEntry

KEYS = "Alt+A allow once · Alt+L for this session · Alt+W always · Alt+D no"

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
        super().__init__(node, "Allow this?", f"{asked.question}\n{KEYS}", "warning")

    def answer(self, given: ApprovalGiven) -> None:
        """Say what was answered in the place of the keys."""
        self.waits = False
        style = "error" if given.answer == "no" else "success"
        self.recolour(style)
        self._title = TextBlock(sanitize(_ANSWERED[given.answer]), style)
        reason = f"\n{given.reason}" if given.reason else ""
        self.set_text(f"{self.asked.question}{reason}")

    def expire(self) -> None:
        """Nobody answered before the turn was over."""
        self.waits = False
        self.recolour("muted")
        self._title = TextBlock("Not answered", "muted")
        self.set_text(self.asked.question)
