"""Opening a session: at once, as it was left, and never in the way of another app."""

import threading
from pathlib import Path

import pytest

from carnice_tui.core import paths
from carnice_tui.core.events import (
    AnswerDelta,
    ReasoningDelta,
    Record,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.settings import Settings
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.view import load_view
from carnice_tui.ui.beginning import Opening
from carnice_tui.ui.doing import opening
from carnice_tui.ui.history import Draft, History
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import MODEL, Gate, ScriptedEngine, answer
from tests.ui.watching import say, screen_text, sees, until

SAVING = {
    "new_log": lambda tell: SessionLog.new(paths.sessions_dir(), tell=tell),
    "reopen_log": lambda path, tell: SessionLog.reopen(path, tell=tell),
}


def saved(*turns: tuple[str, str], model: str = "demo", thinking: str = "") -> Path:
    """A session in which these questions were asked and answered."""
    log = SessionLog.new(paths.sessions_dir())
    parent = ""
    for number, (question, said) in enumerate(turns):
        asked, told = f"m{2 * number + 1}", f"m{2 * number + 2}"
        log(Record(number, UserMessage(question), asked, parent))
        log(Record(number, TurnStarted(model, "high"), told, asked))
        if thinking:
            log(Record(number, ReasoningDelta(thinking), told))
        log(Record(number, AnswerDelta(said), told))
        log(Record(number, TurnFinished("stop"), told))
        parent = told
    log.close()
    return log.path


async def test_it_goes_on_with_the_thinking_mode_and_the_model_it_had(make_app: MakeApp) -> None:
    engine = ScriptedEngine([answer("More.")])
    path = saved(("first", "One."), model="scripted")
    app = make_app(engine=engine, opening=Opening(path), **SAVING)
    async with app.run_test() as pilot:
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "go on")
        await sees(pilot, "More.")
        await until(pilot, lambda: app.chat.session.state == "ready")

    assert engine.loads == ["scripted"]
    assert engine.requests[0].thinking == "high"
    assert [m.content for m in engine.requests[0].messages] == ["first", "One.", "go on"]


async def test_what_was_given_for_this_run_wins(make_app: MakeApp) -> None:
    engine = ScriptedEngine()
    path = saved(("first", "One."), model="elsewhere")
    given = Opening(path, given=frozenset({"model", "thinking.mode"}))
    app = make_app(engine=engine, opening=given, is_here=lambda _: False, **SAVING)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.chat.session.state == "ready")

    assert engine.loads == ["demo"]
    assert app.chat.session.conversation.options.request.thinking == Settings().thinking.mode


async def test_draft_place_and_unfolded_thinking_come_back(make_app: MakeApp) -> None:
    lines = "\n\n".join(f"paragraph {n}" for n in range(60))
    path = saved(("first", lines), ("second", "The end."), thinking="well well")
    app = make_app(opening=Opening(path), **SAVING)
    async with app.run_test() as pilot:
        await sees(pilot, "The end.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press(*"half a sentence", "ctrl+home", "ctrl+b", "home", "down", "space")
        await sees(pilot, "well well")
        await pilot.press("escape", *["ctrl+down"] * 20)
        before = screen_text(pilot)
        await app.chat.leave()

    assert load_view(paths.state_dir(), path.stem).draft == "half a sentence"
    again = make_app(opening=Opening(path), **SAVING)
    async with again.run_test() as pilot:
        await sees(pilot, "half a sentence")
        await until(pilot, lambda: again.chat.session.state == "ready")
        top = [line for line in before.split("\n") if "paragraph" in line]
        await sees(pilot, top[0])
        assert screen_text(pilot).split("\n")[:10] == before.split("\n")[:10]
        await pilot.press("ctrl+home")
        await sees(pilot, "well well")


async def test_a_model_that_is_not_here_leaves_it_for_reading_and_is_named(
    make_app: MakeApp,
) -> None:
    engine = ScriptedEngine([answer("More.")])
    path = saved(("first", "One."), model="org/gone")
    app = make_app(engine=engine, opening=Opening(path), is_here=lambda _: False, **SAVING)
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, "This conversation was held with org/gone, which is not on this machine")
        await say(pilot, "hello")
        assert app.chat.composer.text == "hello"
        assert engine.loads == []
        app.chat.session.load("demo")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("enter")
        await sees(pilot, "More.")


async def test_a_session_open_elsewhere_can_be_read(make_app: MakeApp) -> None:
    path = saved(("first", "One."))
    elsewhere = SessionLog.reopen(path)
    app = make_app(opening=Opening(path), **SAVING)
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, "open in another carnice-chat")
        await pilot.press("enter")
        await sees(pilot, "only read")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "hello")
        assert app.chat.composer.text == "hello"
    elsewhere.close()

    assert len(read_session(path).records) == 4


async def test_a_session_open_elsewhere_can_go_on_in_a_copy(make_app: MakeApp) -> None:
    path = saved(("first", "One."))
    elsewhere = SessionLog.reopen(path)
    app = make_app(answer("More."), opening=Opening(path), **SAVING)
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, "open in another carnice-chat")
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.chat.session.file not in (None, path))
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "go on")
        await sees(pilot, "More.")
        await app.chat.leave()
    elsewhere.close()

    copy = app.chat.session.file
    assert copy is not None
    assert [n.message().content for n in read_session(copy).tree().path()] == [
        "first", "One.", "go on", "More.",
    ]  # fmt: skip
    assert len(read_session(path).records) == 4


async def test_resume_chooses_first_and_loads_the_model_of_what_was_chosen(
    make_app: MakeApp,
) -> None:
    engine = ScriptedEngine()
    saved(("about cats", "Meow."), model="scripted")
    app = make_app(engine=engine, opening=Opening(), **SAVING)
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, "1 found")
        await until(pilot, lambda: "scripted" in screen_text(pilot))
        assert engine.loads == []
        await pilot.press("enter")
        await sees(pilot, "Meow.")
        await until(pilot, lambda: app.chat.session.state == "ready")

    assert engine.loads == ["scripted"]


async def test_what_is_sent_while_a_session_is_read_waits_for_all_of_it(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_read = threading.Event()

    def slowly(*arguments):
        may_read.wait(20)
        return resume(*arguments)

    resume = opening.resume
    monkeypatch.setattr(opening, "resume", slowly)
    engine = ScriptedEngine([answer("More.")])
    app = make_app(engine=engine, opening=Opening(saved(("first", "One."))), **SAVING)
    async with app.run_test() as pilot:
        await sees(pilot, "One.")
        await say(pilot, "go on")
        await sees(pilot, "waiting · go on")
        may_read.set()
        await sees(pilot, "More.")

    assert [m.content for m in engine.requests[0].messages] == ["first", "One.", "go on"]


async def test_an_edit_can_be_sent_in_a_copy_and_the_session_stays_as_it_was(
    make_app: MakeApp,
) -> None:
    path = saved(("first", "One."), ("second", "Two."), model="scripted")
    before = path.read_bytes()
    app = make_app(answer("Else."), opening=Opening(path), **SAVING)
    async with app.run_test() as pilot:
        await sees(pilot, "Two.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press(*"later")
        await pilot.press("alt+e")
        await until(pilot, lambda: app.chat.composer.text == "second")
        await pilot.press("!", "alt+k")
        await sees(pilot, "Else.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        copy = app.chat.session.file
        assert app.chat.composer.text == "later"

    assert copy is not None
    assert copy != path
    assert path.read_bytes() == before
    tree = read_session(copy).tree()
    asked = [node.opening.text for node in tree.path() if isinstance(node.opening, UserMessage)]
    assert asked == ["first", "second!"]
    others = tree.siblings(next(n.id for n in tree.path() if n.role == "user" and n.parent != ""))
    assert len(others) == 2


async def test_an_edit_that_cannot_have_a_copy_goes_on(make_app: MakeApp) -> None:
    app = make_app(answer("One."))
    async with app.run_test(notifications=True) as pilot:
        await say(pilot, "first")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+k")
        await sees(pilot, "Nothing is being edited")
        await pilot.press("alt+e", "!", "alt+k")
        await sees(pilot, "so it has no copy")
        assert app.chat.composer.text == "first!"
        assert app.chat.composing.edited


async def test_of_a_private_conversation_nothing_is_kept(make_app: MakeApp) -> None:
    app = make_app(answer("One."), answer("Two."), **SAVING)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "/private")
        await sees(pilot, "private")
        await say(pilot, "a secret")
        await sees(pilot, "One.")
        await pilot.press(*"a draft")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await app.chat.leave()

    assert not list(paths.data_dir().rglob("*.jsonl"))
    assert History().newest_first() == []
    assert Draft().read() == ""


async def test_leaving_a_private_conversation_asks_first(make_app: MakeApp) -> None:
    app = make_app(answer("One."), **SAVING)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "/private")
        await say(pilot, "a secret")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "/private")
        await sees(pilot, "Nothing of this conversation is kept")
        await pilot.press("escape")
        assert app.chat.session.private


async def test_a_draft_that_was_sent_does_not_come_back(make_app: MakeApp) -> None:
    Draft().write("what was I asking?")
    async with make_app(answer("This."), **SAVING).run_test() as pilot:
        await sees(pilot, "what was I asking?")
        await pilot.press("enter")
        await sees(pilot, "This.")
        await pilot.press("ctrl+q")

    assert Draft().read() == ""


async def test_what_still_waits_when_one_leaves_is_the_next_draft(make_app: MakeApp) -> None:
    gate = Gate()
    engine = ScriptedEngine([], load=[gate, MODEL])
    async with make_app(engine=engine).run_test() as pilot:
        await say(pilot, "first")
        await sees(pilot, "waiting · first")
        await pilot.press(*"second", "ctrl+q")

    assert Draft().read() == "first\nsecond"
