"""What a conversation is called, from its first message on."""

from carnice_tui.core.messages import Attachment

TITLE_LENGTH = 60
"""Characters; what a list of sessions shows on 80 columns beside date and model."""


def title_of(text: str, attachments: tuple[Attachment, ...] = ()) -> str:
    """The first words of a message, for lists; without any the name of what came with it."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("```")), "")
    if not first and attachments:
        first = attachments[0].name
    return shortened(first)


def shortened(words: str) -> str:
    """`words` at the length of a title."""
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1].rstrip() + "…"
