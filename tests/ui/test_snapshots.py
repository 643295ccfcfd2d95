"""Pictures of the chat in a dark, a light and a high-contrast theme, at two sizes."""

import pytest
from textual.pilot import Pilot

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Notice,
    ReasoningDelta,
    ToolCall,
    ToolResult,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.settings import Screen, Settings
from tests.ui.conftest import MakeApp
from tests.ui.watching import say, sees, still

SIZES = [(80, 24), (120, 40)]
THEMES = ["carnice", "paper", "contrast-dark"]

ANSWER = """\
## What is wrong

The loop runs **one step too far**: `i <= items.length` reads past the end.

- [x] the bound, see [MDN](https://developer.mozilla.org)
- [ ] the ~~old~~ callers

| case | before | after |
|---|:-:|--:|
| empty | throws | 0 |

```javascript
for (let i = 0; i < items.length; i++) {
  total += items[i].price; // was <=
}
```
"""

STATS = TurnStats(
    prompt_tokens=45, cached_tokens=30, prefilled_tokens=15, reasoning_tokens=12,
    answer_tokens=84, time_to_first_token=0.31, total_time=4.3, decode_tps=22.5,
    reasoning_time=0.8, context_window=32_768,
)  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_an_answer(theme: str, size: tuple[int, int], make_app: MakeApp, snap_compare) -> None:
    app = make_app(
        [ReasoningDelta("hm", 12), AnswerDelta(ANSWER), TurnFinished("stop", STATS)],
        settings=Settings(ui=Screen(theme=theme)),
    )

    async def ask(pilot: Pilot[None]) -> None:
        await say(pilot, "What is wrong?")
        await sees(pilot, "first token 0.31 s")
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=ask)


@pytest.mark.parametrize("theme", THEMES)
def test_cards(theme: str, make_app: MakeApp, snap_compare) -> None:
    app = make_app(
        [
            ToolCall("1", "read_file", {"path": "src/app.py", "lines": 20}),
            ToolResult("1", "import os\nprint(os.name)\n"),
            Notice("warning", "The file is not saved."),
            EngineFailed("The worker died (signal 9).", "last line of its log"),
            TurnFinished("failed"),
        ],
        settings=Settings(ui=Screen(theme=theme)),
    )

    async def ask(pilot: Pilot[None]) -> None:
        await say(pilot, "Read it.")
        await sees(pilot, "The engine failed")
        await still(pilot)

    assert snap_compare(app, terminal_size=(80, 30), run_before=ask)
