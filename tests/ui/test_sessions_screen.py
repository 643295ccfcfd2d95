"""The list of sessions: found by what was said, shown before it is opened, changed and undone."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from carnice_tui.core import paths
from carnice_tui.core.events import AnswerDelta, Record, TitleChanged, TurnFinished, TurnStarted
from carnice_tui.core.events import UserMessage as Asked
from carnice_tui.sessions.listing import session_info
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.search import Hit
from carnice_tui.ui.session_line import session_line
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import answer
from tests.ui.watching import say, screen_text, sees, sees_no, until


@pytest.fixture(autouse=True)
def two_sessions() -> dict[str, Path]:
    """One about cats, one about dogs, the dogs' written last."""
    return {name: _saved(name) for name in ("cats", "dogs")}


def _saved(name: str) -> Path:
    log = SessionLog.new(paths.sessions_dir())
    log(Record(0, Asked(f"Tell me about {name}."), "m1", ""))
    log(Record(0, TitleChanged(f"All about {name}")))
    log(Record(0, TurnStarted("demo"), "m2", "m1"))
    log(Record(0, AnswerDelta(f"Well, the whiskers of {name} are long."), "m2"))
    log(Record(1, TurnFinished("stop"), "m2"))
    log.close()
    return log.path


async def test_each_shows_what_it_says_before_it_is_opened(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "2 found")
        await sees(pilot, "the whiskers of dogs are long")
        await pilot.press("down")
        await sees(pilot, "the whiskers of cats are long")
        await pilot.press("enter")
        await sees_no(pilot, "2 found")
        await sees(pilot, "› Tell me about cats.")


async def test_on_a_narrow_screen_the_preview_stands_under_the_list(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "the whiskers of dogs are long")
        lines = screen_text(pilot).split("\n")
        listed = next(i for i, line in enumerate(lines) if "All about dogs" in line)
        shown = next(i for i, line in enumerate(lines) if "whiskers of dogs" in line)
        assert shown > listed + 2


async def test_words_are_found_in_what_was_said_and_marked(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "2 found")
        await pilot.press(*"cats whisk")
        await sees(pilot, "1 found")
        await until(pilot, lambda: {"whiskers", "cats"} <= _reversed(pilot))
        assert "Well, the whiskers of cats are long." in screen_text(pilot)


def _reversed(pilot: Pilot[None]) -> set[str]:
    """What stands out on the screen."""
    return {
        segment.text
        for strip in pilot.app.screen._compositor.render_strips()
        for segment in strip
        if segment.style and segment.style.reverse
    }


async def test_renaming_pinning_and_deleting_with_undo(
    make_app: MakeApp, two_sessions: dict[str, Path]
) -> None:
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "2 found")
        await pilot.press("down", "f2")
        await sees(pilot, "Title")
        await pilot.press(*"Felines", "enter")
        await sees(pilot, "Renamed.")
        await pilot.press("f3")
        await sees(pilot, "Pinned")
        await until(pilot, lambda: "● Felines" in screen_text(pilot))
        await pilot.press("delete")
        await sees(pilot, "Thrown away: Ctrl+Z brings it back. 1 found")
        assert not two_sessions["cats"].exists()
        await pilot.press("ctrl+z")
        await sees(pilot, "Brought back. 2 found")

    info = session_info(two_sessions["cats"])
    assert info is not None
    assert (info.title, info.pinned) == ("Felines", True)


async def test_a_session_is_exported_into_the_present_folder(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all-about-dogs.md").write_text("mine")
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "2 found")
        await pilot.press("f4")
        await sees(pilot, "Export as")
        await pilot.press(*"markdown", "enter")
        await sees(pilot, "Written:")

    assert (tmp_path / "all-about-dogs.md").read_text() == "mine"
    assert "whiskers of dogs" in (tmp_path / "all-about-dogs-2.md").read_text()


async def test_an_example_can_be_played_and_the_list_comes_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "processItems")
        await pilot.press("end", *["down"] * 10)
        await pilot.press("f9")
        await sees(pilot, "turn 1/")
        await pilot.press("q")
        await sees(pilot, "2 found")


async def test_the_conversation_that_is_open_is_renamed_and_pinned_too(make_app: MakeApp) -> None:
    app = make_app(
        answer("Indeed."), new_log=lambda tell: SessionLog.new(paths.sessions_dir(), tell=tell)
    )
    async with app.run_test(size=(120, 30)) as pilot:
        await say(pilot, "Tell me of birds")
        await sees(pilot, "Indeed.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("ctrl+o")
        await sees(pilot, "3 found")
        await pilot.press("f2")
        await sees(pilot, "Title")
        await pilot.press("ctrl+a", "ctrl+k", *"Feathers", "enter")
        await sees(pilot, "Renamed.")
        await pilot.press("f3")
        await sees(pilot, "● Feathers")
        await pilot.press("delete")
        await sees(pilot, "This conversation is open here")
        file = app.chat.session.file
        assert app.chat.session.conversation.tree.title == "Feathers"

    info = session_info(file)
    assert info is not None
    assert (info.title, info.pinned) == ("Feathers", True)


@pytest.mark.parametrize(("width", "has_model"), [(47, False), (58, True)])
def test_a_title_has_room_before_the_model_has(
    two_sessions: dict[str, Path], width: int, has_model: bool
) -> None:
    info = session_info(two_sessions["cats"])
    assert info is not None
    line = session_line(Hit(info), width, paths.sessions_dir()).plain

    assert "All about cats" in line
    assert ("demo" in line) == has_model
    assert len(line) <= width
