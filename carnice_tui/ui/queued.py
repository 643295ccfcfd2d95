"""A message that waits until the model is free."""

from dataclasses import dataclass, field

from carnice_tui.core.events import UserMessage
from carnice_tui.core.finding import Finding
from carnice_tui.core.messages import Attachment, Mode


@dataclass
class Queued:
    """What was sent, in the mode in which it was."""

    text: str
    attachments: tuple[Attachment, ...] = field(default=())
    mode: Mode = "chat"
    about: Finding | None = None
    """What the bug finder is asked about: the words are then ours, not the person's."""

    def asked(self) -> UserMessage:
        """What the conversation is asked with."""
        return UserMessage(self.text, self.attachments, self.mode, about=self.about)
