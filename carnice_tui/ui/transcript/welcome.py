"""What an empty transcript shows: three things to try."""

from carnice_tui.core.messages import Mode
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry
from carnice_tui.ui.words import welcome_of


def welcome(mode: Mode, server: str = "") -> list[Entry]:
    """The empty state of `mode`; `server` is the address of who answers, if it is not us."""
    return [MarkdownEntry("", welcome_of(mode, server).source)]
