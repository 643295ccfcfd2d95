"""The sheet with every key."""

from typing import TYPE_CHECKING

from carnice_tui.ui.commands import COMMANDS
from carnice_tui.ui.keys import keys_of
from carnice_tui.ui.screens.sheet import show_sheet

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

_ELSEWHERE = """
## In the composer

| key | what it does |
|---|---|
| Enter | send; while the model is busy it waits its turn |
| Ctrl+J, Shift+Enter | new line |
| Ctrl+_ · Alt+_ | take back what was typed · not after all |
| ↑ in the first line | what you sent before, or take back what waits |
| / at the beginning | commands |
| @ | add a file |

## Browsing messages (Ctrl+B)

| key | what it does |
|---|---|
| ↑ ↓ | the message before, the next |
| Shift+arrows | select text; Ctrl+Y copies it |
| e · r · y · c | edit · regenerate · copy · copy its code |
| [ ] | the other branches here |
| Space | fold or unfold thinking, a tool's result |
| o · f · x · s · a | a finding: open at its line · copy FIX · explain · patch · apply |
| Esc | back to the composer |
"""


async def show_help(screen: "ChatScreen") -> None:
    """Every key, from the bindings as they are set."""
    rows = [
        f"| {keys_of(c.name)} | {'/' + c.name if c.slash else ''} | {c.title} | {c.help} |"
        for c in COMMANDS
    ]
    table = "| key | command | | |\n|---|---|---|---|\n" + "\n".join(rows)
    await show_sheet(screen, "Keys", f"{table}\n{_ELSEWHERE}", screen.transcript.window.look)
