"""Commands: choosing, copying, branching, completing."""

import gc
from pathlib import Path

import pytest
from textual import events

from carnice_tui.core.settings import Settings
from carnice_tui.ui.commands import BY_NAME, COMMANDS, matching
from carnice_tui.ui.doing.registry import DOING, doing
from carnice_tui.ui.files import FileRefused, read_attachment
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import ScriptedEngine, answer
from tests.ui.watching import say, screen_text, sees, sees_no, until


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put on the clipboard."""
    texts: list[str] = []

    async def copy(text: str, write: object):
        from carnice_tui.ui.clipboard import Copied

        texts.append(text)
        return Copied(len(text), "test")

    monkeypatch.setattr("carnice_tui.ui.doing.copying.copy", copy)
    return texts


def test_every_command_is_done_by_something_and_no_key_is_given_twice() -> None:
    assert all(callable(doing(command.name)) for command in COMMANDS)
    keys = [key for command in COMMANDS for key in command.keys.split(",") if key]
    assert len(keys) == len(set(keys))


async def test_help_lists_every_command(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 60)) as pilot:
        await pilot.press("f1")
        await sees(pilot, "Keys")
        for command in COMMANDS[:20]:
            assert command.title in screen_text(pilot)
        await pilot.press("escape")
        await sees(pilot, "Three things to try")


async def test_a_theme_is_previewed_and_escape_brings_the_old_one_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("f5")
        await sees(pilot, "Daylight")
        await pilot.press("down")
        await until(pilot, lambda: app.theme != "carnice")
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == "carnice")


async def test_copying_an_answer_gives_its_source(make_app: MakeApp, copied: list[str]) -> None:
    source = "It is **bold**:\n\n```python\nx = 1\n```\n"
    async with make_app(answer(source)).run_test(notifications=True) as pilot:
        await say(pilot, "go")
        await sees(pilot, "It is bold:")
        await pilot.press("ctrl+y")
        await sees(pilot, "Copied")
        await pilot.press("alt+y")
        await until(pilot, lambda: len(copied) == 2)

    assert copied == [source, "x = 1\n"]


async def test_what_is_selected_with_the_mouse_is_copied_as_source(
    make_app: MakeApp, copied: list[str]
) -> None:
    async with make_app(answer("Some **bold** words here.")).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Some bold words")
        lines = screen_text(pilot).split("\n")
        y = next(i for i, line in enumerate(lines) if "Some bold" in line)
        await pilot.mouse_down("#transcript", offset=(2, y))
        await pilot.hover("#transcript", offset=(16, y))
        await pilot.mouse_up("#transcript", offset=(16, y))
        await pilot.press("ctrl+y")
        await until(pilot, lambda: copied)

    assert copied == ["Some **bold** words"]


async def test_regenerating_keeps_both_answers_and_one_can_go_between_them(
    make_app: MakeApp,
) -> None:
    async with make_app(answer("The first."), answer("The second.")).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "The first.")
        await sees(pilot, "45.0 tok/s")
        await pilot.press("alt+r")
        await sees(pilot, "The second.")
        await sees(pilot, "branch 2/2")
        assert "The first." not in screen_text(pilot)
        await pilot.press("alt+b")
        await sees(pilot, "The first.")


async def test_editing_a_message_asks_again_on_a_branch_of_its_own(make_app: MakeApp) -> None:
    engine = ScriptedEngine([answer("One."), answer("Two.")])
    app = make_app(engine=engine)
    async with app.run_test() as pilot:
        await say(pilot, "first")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+e")
        await until(pilot, lambda: app.chat.composer.text == "first")
        await say(pilot, " words")
        await sees(pilot, "Two.")

    assert engine.requests[1].messages[-1].content == "first words"
    assert len(engine.requests[1].messages) == 1


@pytest.mark.parametrize("end", ["escape", "enter"])
async def test_what_was_being_written_comes_back_after_an_edit(make_app: MakeApp, end: str) -> None:
    app = make_app(answer("One."), answer("Two."))
    async with app.run_test() as pilot:
        await say(pilot, "first")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press(*"next")
        await pilot.press("alt+e")
        await until(pilot, lambda: app.chat.composer.text == "first")
        await pilot.press(end)
        await until(pilot, lambda: app.chat.composer.text == "next")
        if end == "enter":
            await sees(pilot, "Two.")


async def test_what_is_told_does_not_lie_over_what_is_written(make_app: MakeApp) -> None:
    app = make_app(answer("One."))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await say(pilot, "first")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+e")
        await sees(pilot, "Enter sends it as a branch")
        (toast,) = app.screen.query("Toast")
        assert not toast.region.overlaps(app.chat.composer.region)


async def test_undo_gives_the_message_back(make_app: MakeApp) -> None:
    app = make_app(answer("One."))
    async with app.run_test() as pilot:
        await say(pilot, "first")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+u")
        await sees_no(pilot, "One.")

        assert app.chat.composer.text == "first"


async def test_a_slash_offers_commands_and_does_them(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("/", "d", "e")
        await sees(pilot, "details")
        await pilot.press("enter")
        await sees(pilot, "Last turn")


async def test_an_at_sign_adds_a_file_and_refuses_what_is_no_text(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code.py").write_text("x = 1\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    (tmp_path / ".gitignore").write_text("secret*\n")
    (tmp_path / "secret.py").write_text("")
    monkeypatch.chdir(tmp_path)
    engine = ScriptedEngine([answer("Read.")])
    app = make_app(engine=engine)
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: app.chat.composing.files.paths)
        assert "secret.py" not in app.chat.composing.files.paths
        await pilot.press(*"look @pict")
        await sees(pilot, "picture.png")
        await pilot.press("tab", "enter")
        await sees(pilot, "is no text")
        app.chat.composer.clear()
        await pilot.press(*"look @co", "tab", "enter")
        await sees(pilot, "Read.")

    assert "x = 1" in engine.requests[0].messages[-1].content


@pytest.mark.parametrize("typed", ["look @to", 'look @"to do'])
async def test_a_file_whose_name_has_blanks_is_completed_in_quotes_and_attached(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    (tmp_path / "to do.txt").write_text("buy milk\n")
    monkeypatch.chdir(tmp_path)
    engine = ScriptedEngine([answer("Read.")])
    app = make_app(engine=engine)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.chat.composing.files.paths)
        await pilot.press(*typed)
        await until(pilot, lambda: app.chat.suggestions.chosen == "to do.txt")
        await pilot.press("tab")
        await until(pilot, lambda: app.chat.composer.text == 'look @"to do.txt" ')
        await until(pilot, lambda: not app.chat.composer.offering)
        await pilot.press("enter")
        await sees(pilot, "Read.")

    assert "buy milk" in engine.requests[0].messages[-1].content


async def test_a_big_paste_is_folded_and_sent_whole(make_app: MakeApp) -> None:
    from textual.events import Paste

    engine = ScriptedEngine([answer("Long.")])
    app = make_app(engine=engine)
    text = "\n".join(f"line {n}" for n in range(50))
    async with app.run_test() as pilot:
        app.chat.composer.post_message(Paste(text))
        await sees(pilot, "⟦paste 1 · 50 lines⟧")
        await pilot.press("enter")
        await sees(pilot, "Long.")

    assert engine.requests[0].messages[-1].content == text


async def test_what_was_sent_before_comes_back_with_up(make_app: MakeApp) -> None:
    app = make_app(answer("One."))
    async with app.run_test() as pilot:
        await say(pilot, "remember me")
        await sees(pilot, "One.")
        await pilot.press("up")
        await until(pilot, lambda: app.chat.composer.text == "remember me")


async def test_a_draft_survives_a_restart(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        await pilot.press(*"half a thou", "ctrl+q")
    app = make_app()
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.chat.composer.text == "half a thou")


async def test_a_setting_is_changed_on_its_screen_and_kept(
    make_app: MakeApp, tmp_path: Path
) -> None:
    async with make_app().run_test(size=(100, 40)) as pilot:
        await pilot.press("f8")
        await sees(pilot, "generation.temperature")
        await pilot.press("down", "down", "down", "enter")
        await sees(pilot, "A number from 0 to 2")
        await pilot.press(*"0.9", "enter")
        await sees(pilot, "0.9")
        await pilot.press("escape")

    assert "temperature = 0.9" in (tmp_path / "config" / "settings.toml").read_text()


def test_commands_are_found_by_their_letters_those_that_begin_so_first() -> None:
    names = [command.name for command in matching("co")]

    assert names[:4] == ["copy", "copy-code", "copy-all", "continue"]
    assert [command.name for command in matching("sesns")] == ["sessions"]


async def test_a_command_that_there_is_not_is_told_and_not_sent(make_app: MakeApp) -> None:
    engine = ScriptedEngine()
    app = make_app(engine=engine)
    async with app.run_test(notifications=True) as pilot:
        await say(pilot, "/zzz")
        await sees(pilot, "There is no command /zzz")

        assert app.chat.composer.text == "/zzz"
    assert engine.requests == []


async def test_hints_name_the_keys_as_they_are_mapped(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carnice_tui.ui.keys._mapped", {})
    app = make_app(settings=Settings(keys={"help": "f12", "bugs": "ctrl+f", "fold": "alt+q"}))
    async with app.run_test() as pilot:
        await sees(pilot, "F12 help")
        await sees(pilot, "press Ctrl+F, paste a function")
        await sees(pilot, "Alt+Q shows the thinking")
        await pilot.press("ctrl+f")
        await sees(pilot, "Ctrl+F back to the chat")


async def test_a_folded_paste_is_opened_from_the_palette_too(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        app.chat.composer.post_message(events.Paste("line\n" * 20))
        await sees(pilot, "paste 1 · 21 lines")
        app.chat.action_do("unfold")

        await until(pilot, lambda: app.chat.composer.text == "line\n" * 20)


def test_every_command_there_is_can_be_done_and_the_other_way_round() -> None:
    assert set(DOING) == set(BY_NAME)


@pytest.mark.parametrize("name", ["a.png", "a.pdf"])
def test_what_is_no_text_is_refused_by_what_it_is(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"\x89PNG\r\n no zero in it")

    with pytest.raises(FileRefused, match=r"is no text .*read text only"):
        read_attachment(file, name)


async def test_of_several_code_blocks_the_one_chosen_is_copied(
    make_app: MakeApp, copied: list[str]
) -> None:
    source = "First:\n\n```\nx = 1\n```\n\nthen:\n\n```\ny = 2\n```\n"
    async with make_app(answer(source)).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "then:")
        await pilot.press("alt+y")
        await sees(pilot, "Copy which code?")
        await pilot.press("up", "enter")
        await until(pilot, lambda: copied == ["x = 1\n"])


async def test_a_title_is_renamed_from_what_it_is(make_app: MakeApp) -> None:
    app = make_app(answer("Well."))
    async with app.run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Well.")
        app.chat.session.conversation.rename("All about cats")
        app.chat.action_do("rename")
        await sees(pilot, "All about cats")
        await pilot.press("end", *", too", "enter")

        await until(
            pilot, lambda: app.chat.session.conversation.tree.title == "All about cats, too"
        )


async def test_the_status_line_says_that_a_message_is_being_edited(make_app: MakeApp) -> None:
    async with make_app(answer("Well.")).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Well.")
        await pilot.press("alt+e")
        await sees(pilot, "editing · scripted")
        await pilot.press("escape")
        await sees_no(pilot, "editing · scripted")


async def test_the_garbage_collector_does_not_look_at_what_stays_loaded(make_app: MakeApp) -> None:
    gc.unfreeze()
    async with make_app().run_test() as pilot:
        await until(pilot, lambda: gc.get_freeze_count() > 10_000)
