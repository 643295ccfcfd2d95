"""What an empty transcript shows: three things to try."""

from carnice_tui.core.messages import Mode
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.transcript.entries import Entry, MarkdownEntry

_CHAT = """\
# carnice-chat

{where} Three things to try:

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


_HERE = "Your model runs on this machine; nothing you write leaves it."
_THERE = "A server answers: what you write goes to `{server}`."


def welcome(mode: Mode, server: str = "") -> list[Entry]:
    """The empty state of `mode`; `server` is the address of who answers, if it is not us."""
    where = _THERE.format(server=sanitize_line(server).replace("`", "")) if server else _HERE
    return [MarkdownEntry("", _BUGS if mode == "bugs" else _CHAT.format(where=where))]
