"""An error of ours ends what was being done, and nothing else."""

import pytest
from textual.pilot import Pilot

from carnice_tui.core import paths
from carnice_tui.core.events import Record, UserMessage
from carnice_tui.sessions.log import SessionLog
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import answer
from tests.ui.watching import say, screen_text, sees, until


def breaks(*_: object) -> None:
    raise KeyError("no\x1b]0;such\x07key")


async def went_on(pilot: Pilot[None]) -> None:
    """The trouble is in the log and not on the screen; what was typed is there and is answered."""
    assert "\x1b" not in screen_text(pilot)
    assert "Traceback" in paths.app_log().read_text()

    await say(pilot, "llo")
    await sees(pilot, "Still here.")
    assert "› hello" in screen_text(pilot)


def save_a_session() -> None:
    log = SessionLog.new(paths.sessions_dir())
    log(Record(0, UserMessage("Tell me about cats."), "m1", ""))
    log.close()


async def test_a_command_that_breaks_is_told_and_the_app_lives_on(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carnice_tui.ui.doing.copying.copy_answer", breaks)
    async with make_app(answer("Still here.")).run_test(size=(120, 30)) as pilot:
        await pilot.press("h", "e", "ctrl+y")
        await sees(pilot, "Copy answer failed: KeyError")
        assert "everything else goes on" in screen_text(pilot)
        await went_on(pilot)


async def test_work_of_a_screen_that_breaks_leaves_the_screen_open(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_a_session()
    monkeypatch.setattr("carnice_tui.sessions.edit.pin", breaks)
    async with make_app().run_test(size=(120, 30), notifications=True) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "1 found")
        await pilot.press("f3")
        await until(pilot, lambda: "Pinning the session failed" in screen_text(pilot))
        assert "1 found" in screen_text(pilot)


async def test_a_session_that_cannot_be_opened_for_an_error_of_ours_leaves_a_new_one(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_a_session()
    monkeypatch.setattr("carnice_tui.ui.doing.opening.resume", breaks)
    async with make_app(answer("Still here.")).run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "1 found")
        await pilot.press("enter")
        await sees(pilot, "Sessions failed: KeyError")
        await say(pilot, "hello")
        await sees(pilot, "Still here.")


async def test_a_handler_that_breaks_leaves_the_app_and_what_is_typed(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, enduring: None
) -> None:
    app = make_app(answer("Still here."))
    async with app.run_test(size=(120, 30)) as pilot:
        with monkeypatch.context() as broken:
            broken.setattr(app.chat.composer, "word", breaks)  # asked at every key
            await pilot.press("h", "e")
            await sees(pilot, "Something in the app failed: KeyError")
        assert screen_text(pilot).count("Something in the app failed") == 1
        await went_on(pilot)


async def test_a_timer_that_breaks_is_told_once_and_goes_on(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, enduring: None
) -> None:
    app = make_app(answer("Still here."))
    ticks: list[int] = []
    async with app.run_test(size=(120, 30)) as pilot:

        def tick() -> None:
            ticks.append(1)
            breaks()

        app.chat.set_interval(0.01, tick)
        await until(pilot, lambda: len(ticks) > 3)
        await sees(pilot, "Something in the app failed: KeyError")
        assert screen_text(pilot).count("Something in the app failed") == 1


async def test_a_record_that_cannot_be_shown_does_not_keep_the_next(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, enduring: None
) -> None:
    app = make_app(answer("Never shown."), answer("Still here."))
    async with app.run_test(size=(120, 30)) as pilot:
        with monkeypatch.context() as broken:
            broken.setattr(app.chat.figures, "take", breaks)
            await say(pilot, "one")
            await sees(pilot, "Something in the app failed: KeyError")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "two")
        await sees(pilot, "Still here.")
