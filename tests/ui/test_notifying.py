"""Somebody who looks away is called: for a long answer, and for a question to them."""

import pytest

from carnice_tui.core.events import AnswerDelta, ApprovalAsked, Event, TurnFinished, TurnStats
from carnice_tui.core.settings import Screen, Settings
from carnice_tui.ui.calling import call
from tests.ui.conftest import MakeApp
from tests.ui.watching import say, sees

ASKS = [ApprovalAsked("1", "Run `make`?"), AnswerDelta("THE END"), TurnFinished("stop")]
LONG = [AnswerDelta("THE END"), TurnFinished("stop", TurnStats(total_time=99))]
SHORT = [AnswerDelta("THE END"), TurnFinished("stop", TurnStats(total_time=1))]


@pytest.mark.parametrize(
    ("script", "wish", "looks", "called"),
    [
        (ASKS, "unfocused", False, "waits for your yes or no"),
        (ASKS, "unfocused", True, ""),
        (ASKS, "always", True, "waits for your yes or no"),
        (ASKS, "never", False, ""),
        (LONG, "unfocused", False, "the answer is there"),
        (LONG, "unfocused", True, ""),
        (SHORT, "unfocused", False, ""),
    ],
)
async def test_one_who_looks_away_is_called(
    script: list[Event],
    wish: str,
    looks: bool,
    called: str,
    make_app: MakeApp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = make_app(script, settings=Settings(ui=Screen(notifications=wish)))
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM_PROGRAM", "iTerm.app")
    written: list[str] = []
    async with app.run_test() as pilot:
        monkeypatch.setattr(app.terminal, "write", written.append)
        if not looks:
            app.on_app_blur()
        await say(pilot, "go")
        await sees(pilot, "THE END")
        await pilot.pause()
    notes = [text for text in written if text.startswith("\x1b]9;")]
    assert len(notes) == bool(called)
    assert all(called in note and note.endswith("\x07") for note in notes)


@pytest.mark.parametrize(
    ("environ", "written"),
    [
        ({"TERM_PROGRAM": "WezTerm", "TERM": "xterm-256color"}, "\x1b]9;hello\x07"),
        ({"TERM": "xterm-kitty"}, "\x1b]9;hello\x07"),
        ({"WT_SESSION": "1"}, "\x1b]9;hello\x07"),
        ({"TERM": "xterm-256color"}, "\x07"),
        ({"TERM": "linux"}, "\x07"),
        ({"TERM_PROGRAM": "iTerm.app", "TMUX": "/tmp/tmux-0/default,1,0"}, "\x07"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "screen-256color"}, "\x07"),
        ({}, "\x07"),
    ],
)
def test_a_notification_is_sent_only_where_the_terminal_has_them(
    environ: dict[str, str], written: str
) -> None:
    assert call("hello", environ) == written
