"""Ctrl+C belongs to what lies on top, and to the chat only where nothing does."""

import base64

import pytest

from carnice_tui.core.events import AnswerDelta, TurnFinished
from carnice_tui.engine.replay import Replay
from carnice_tui.ui.doing.playing import LONGEST_PAUSE
from carnice_tui.ui.screens.replay import ReplayScreen
from carnice_tui.ui.transcript.selection import Point, Selection
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import Gate
from tests.ui.test_replay_screen import RECORDS
from tests.ui.watching import say, sees, until


@pytest.mark.parametrize("opens", ["f1", "f3", "f7", "f8", "ctrl+p", "replay"])
async def test_ctrl_c_closes_what_lies_over_the_chat_and_lets_the_answer_go_on(
    make_app: MakeApp, opens: str
) -> None:
    gate = Gate()
    app = make_app([AnswerDelta("So far"), gate, AnswerDelta(" so good."), TurnFinished("stop")])
    async with app.run_test(size=(100, 30)) as pilot:
        await say(pilot, "go")
        await sees(pilot, "So far")
        await pilot.press(*"draft")
        if opens == "replay":
            app.push_screen(_replay(app))
            await sees(pilot, "first answer")
        else:
            await pilot.press(opens)
            await until(pilot, lambda: app.screen is not app.chat)
        await pilot.press("ctrl+c")
        await until(pilot, lambda: app.screen is app.chat)
        assert app.chat.session.state == "busy"
        assert app.chat.composer.text == "draft"
        await pilot.press("ctrl+c")
        await sees(pilot, "interrupted")


async def test_ctrl_c_copies_what_is_selected_in_a_replay(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    app = make_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        sent: list[str] = []
        monkeypatch.setattr(app, "write_to_terminal", sent.append)
        player = _replay(app)
        app.push_screen(player)
        await sees(pilot, "first answer")
        places = [place for place in player.transcript.window.places if place is not None]
        player.transcript.select(Selection(Point(places[0], 0), Point(places[0], 99)))
        await pilot.press("ctrl+c")
        await sees(pilot, "Sent 14 characters")
        copied = base64.b64encode(b"first question").decode()
        assert sent == [f"\x1b]52;c;{copied}\x07"]
        assert app.screen is player
        assert player.transcript.selection is None


def _replay(app) -> ReplayScreen:
    replay = Replay(RECORDS, max_pause=LONGEST_PAUSE, waits_at_end=True)
    return ReplayScreen(replay, app.look, "", app.settings.ui)
