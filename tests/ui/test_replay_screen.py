"""A recording on screen: it plays, stands still, and goes anywhere."""

import pytest

from carnice_tui.core.events import AnswerDelta, Record, TurnFinished, TurnStarted, UserMessage
from carnice_tui.core.settings import Settings
from carnice_tui.engine.replay import Replay
from carnice_tui.ui.replay import ReplayApp
from tests.ui.watching import screen_text, sees, sees_no, until

RECORDS = [
    Record(0.0, UserMessage("first question"), "m1", ""),
    Record(0.0, TurnStarted("demo"), "m2", "m1"),
    Record(0.1, AnswerDelta("first answer"), "m2"),
    Record(0.2, TurnFinished("stop"), "m2"),
    Record(60.0, UserMessage("second question"), "m3", "m2"),
    Record(60.0, TurnStarted("demo"), "m4", "m3"),
    Record(90.0, AnswerDelta("second answer"), "m4"),
    Record(90.1, TurnFinished("stop"), "m4"),
]


def _app() -> ReplayApp:
    return ReplayApp(Replay(RECORDS, waits_at_end=True), Settings())


async def test_it_plays_in_its_own_time_and_shows_the_time_line() -> None:
    async with _app().run_test(size=(120, 24)) as pilot:
        await sees(pilot, "first answer")
        await sees(pilot, "turn 1/2")
        assert "second answer" not in screen_text(pilot)


@pytest.mark.parametrize(
    ("width", "told"),
    [(60, "Space pause"), (80, "Space pause · q quit"), (120, "+/- speed · . step")],
)
async def test_the_keys_most_needed_are_told_where_it_is_narrow(width: int, told: str) -> None:
    async with _app().run_test(size=(width, 24)) as pilot:
        await sees(pilot, told)


async def test_one_can_go_to_the_end_and_back_to_a_turn() -> None:
    async with _app().run_test(size=(120, 24)) as pilot:
        await pilot.press("end")
        await sees(pilot, "second answer")
        await pilot.press("p")
        await sees_no(pilot, "second")
        await sees(pilot, "first question")


async def test_space_stands_still_and_goes_on() -> None:
    app = _app()
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("space")
        await sees(pilot, "‖")
        await pilot.press("full_stop", "space")
        await until(pilot, lambda: not app.player.replay.paused)
