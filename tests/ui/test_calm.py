"""For those who have the screen read out: plain signs, and nothing that was shown changes."""

import unicodedata

from carnice_tui.core.events import (
    AnswerDelta,
    ReasoningDelta,
    Record,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.settings import Screen, Settings
from carnice_tui.engine.replay import Replay
from carnice_tui.ui.replay import ReplayApp
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


async def test_a_recording_is_played_in_plain_words_that_stand_still() -> None:
    text = "It is done.\n\n- one\n- two\n"
    records = [
        Record(0.0, UserMessage("first question"), "m1", ""),
        Record(0.0, TurnStarted("demo"), "m2", "m1"),
        *(Record(0.1, AnswerDelta(char), "m2") for char in text),
        Record(60.0, AnswerDelta("not whole"), "m2"),
        Record(90.0, TurnFinished("stop"), "m2"),
    ]
    app = ReplayApp(Replay(records, waits_at_end=True), READER)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, "- one")
        await sees(pilot, "Playing, turn 1 of 1, speed 1")
        assert "You: first question" in screen_text(pilot)
        assert drawings(screen_text(pilot)) == set()
        await pilot.press("space")
        await sees(pilot, "Paused")
        await pilot.press("end")
        await sees(pilot, "At the end")
        assert drawings(screen_text(pilot)) == set()
