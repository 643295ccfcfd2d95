"""For those who have the screen read out: plain signs, and nothing that was shown changes."""

import unicodedata

from carnice_tui.core.events import AnswerDelta, ReasoningDelta, TurnFinished
from carnice_tui.core.settings import Screen, Settings
from tests.ui import card_scripts
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import Gate
from tests.ui.watching import say, screen_text, sees

READER = Settings(ui=Screen(screen_reader=True))
DRAWN = ("BOX", "BLOCK", "FULL BLOCK", "SHADE")


def drawings(text: str) -> set[str]:
    """The characters in `text` that draw lines, boxes and bars."""
    return {
        char
        for char in text
        if not char.isascii() and any(word in unicodedata.name(char, "") for word in DRAWN)
    }


async def test_no_screen_of_the_chat_draws_boxes_or_bars(make_app: MakeApp) -> None:
    gate = Gate()
    scripts = [card_scripts.TOOLS, card_scripts.PATCH, card_scripts.review(gate)]
    app = make_app(*scripts, settings=READER)
    async with app.run_test(size=(80, 40)) as pilot:
        seen = screen_text(pilot)
        for words, until in (("a", "called tools"), ("b", "y copy"), ("c", "src/cart.py:4")):
            await say(pilot, words)
            await sees(pilot, until)
            seen += screen_text(pilot)
        await pilot.press("ctrl+b", "up")
        seen += screen_text(pilot)
        gate.set()
        await pilot.press("escape", "f5")
        await sees(pilot, "Daylight")
        seen += screen_text(pilot)
    assert drawings(seen) == set()


async def test_text_is_shown_once_it_is_whole(make_app: MakeApp) -> None:
    thought, half, whole = Gate(), Gate(), Gate()
    script = [
        ReasoningDelta("hm"), thought, AnswerDelta("It is"), half,
        AnswerDelta(" done.\n\nThe rest"), whole, TurnFinished("stop"),
    ]  # fmt: skip
    async with make_app(script, settings=READER).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Thinking")
        thought.set()
        await pilot.pause()
        assert "It is" not in screen_text(pilot)
        half.set()
        await sees(pilot, "It is done.")
        assert "The rest" not in screen_text(pilot)
        whole.set()
        await sees(pilot, "The rest")
