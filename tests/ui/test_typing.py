"""Keys that arrive together, as over a slow line or in a paste without brackets."""

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from carnice_tui.ui.widgets.composer import Composer
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import answer
from tests.ui.watching import say, sees, until

BURSTS = {
    "abc ctrl+j def": "abc\ndef",
    "hello backspace y": "helly",
    "ac left b right d": "abcd",
    "bc home a end d": "abcd",
    "one ctrl+j two ctrl+j three": "one\ntwo\nthree",
    "ab backspace backspace c": "c",
    "word ctrl+w x": "x",
}


def arrive(pilot: Pilot[None], burst: str) -> None:
    """The keys of `burst`, all before any of them is looked at."""
    for word in burst.split():
        keys = [word] if "+" in word or (len(word) > 1 and word in NAMED) else list(word)
        for key in keys:
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


NAMED = frozenset(("backspace", "left", "right", "home", "end"))


@pytest.mark.parametrize("burst", BURSTS)
async def test_keys_that_arrive_together_do_what_they_do_one_by_one(
    make_app: MakeApp, burst: str
) -> None:
    async with make_app(answer("Yes.")).run_test() as pilot:
        arrive(pilot, burst)

        composer = pilot.app.screen.query_one(Composer)
        await until(pilot, lambda: composer.text == BURSTS[burst])


async def test_so_do_those_of_a_line_to_search_in(make_app: MakeApp) -> None:
    async with make_app(answer("Yes.")).run_test() as pilot:
        await pilot.press("f5")
        await sees(pilot, "Type to narrow")
        arrive(pilot, "dac left left backspace end backspace rk")

        field = pilot.app.screen.query_one(Input)
        await until(pilot, lambda: field.value == "ark")


async def test_after_a_click_into_the_transcript_one_types_on(make_app: MakeApp) -> None:
    async with make_app(answer("Yes.")).run_test() as pilot:
        await say(pilot, "really?")
        await sees(pilot, "first token")
        await pilot.click("#transcript", offset=(5, 3))
        await pilot.press(*"explain", "ctrl+underscore")
        composer = pilot.app.screen.query_one(Composer)
        await until(pilot, lambda: composer.text == "")
        await pilot.press(*"explain")

        assert composer.text == "explain"
