"""What an empty transcript shows: three things to try."""

from carnice_tui.core.messages import Mode
from carnice_tui.ui.transcript.entries import Entry, MarkdownEntry

_CHAT = """\
# carnice-chat

Your model runs on this machine; nothing you write leaves it. Three things to try:

1. **Ask** something below and press Enter. Ctrl+T shows the thinking, Esc interrupts.
2. **Find a bug**: press F2, paste a function, press Enter.
3. **Look around**: F1 lists every key, Ctrl+P every command,
   /examples plays recordings.
"""

_BUGS = """\
# Bug finder

Paste code below and press Enter: the answer is one line **BUG**, one line **FIX**.

1. **Paste** a function as it is, or name a file or a folder: `@src`.
2. **Go on**: Alt+X explains a finding, Alt+P suggests a patch, F9 lists them all.
3. **Go back** to the chat with F2; it reads what was found.
"""


def welcome(mode: Mode) -> list[Entry]:
    """The empty state of `mode`."""
    return [MarkdownEntry("", _BUGS if mode == "bugs" else _CHAT)]
