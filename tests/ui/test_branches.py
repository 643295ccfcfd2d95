"""Going between what was said: regenerating, continuing, undoing, and back again."""

from textual.pilot import Pilot

from carnice_tui.core.events import AnswerDelta, TurnFinished
from carnice_tui.ui.app import CarniceApp
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import Gate, ScriptedEngine, answer
from tests.ui.watching import say, screen_text, sees, sees_no, until


async def two_turns(app: CarniceApp, pilot: Pilot[None]) -> None:
    """Ask twice."""
    await say(pilot, "first question")
    await sees(pilot, "One.")
    await until(pilot, lambda: app.chat.session.state == "ready")
    await say(pilot, "second question")
    await sees(pilot, "Two.")
    await until(pilot, lambda: app.chat.session.state == "ready")


async def test_what_was_undone_comes_back_with_the_key_for_branches(make_app: MakeApp) -> None:
    app = make_app(answer("One."), answer("Two."))
    async with app.run_test(notifications=True) as pilot:
        await two_turns(app, pilot)
        await pilot.press("alt+u")
        await sees(pilot, "Undone; Alt+B brings it back.")
        await sees_no(pilot, "Two.")
        assert app.chat.composer.text == "second question"
        await pilot.press("alt+u", "alt+b")
        await sees(pilot, "Two.")


async def test_undoing_leaves_what_is_being_written(make_app: MakeApp) -> None:
    app = make_app(answer("One."), answer("Two."))
    async with app.run_test(notifications=True) as pilot:
        await two_turns(app, pilot)
        await pilot.press(*"a third", "alt+u")
        await sees_no(pilot, "Two.")
        assert app.chat.composer.text == "a third"


async def test_regenerating_at_a_question_answers_that_one_again(make_app: MakeApp) -> None:
    app = make_app(answer("One."), answer("Two."), answer("Another one."))
    async with app.run_test() as pilot:
        await two_turns(app, pilot)
        await pilot.press("ctrl+b", "home", "r")
        await sees(pilot, "Another one.")
        assert "second question" not in screen_text(pilot)
        await sees(pilot, "branch 2/2")


async def test_an_answer_that_is_whole_is_not_gone_on_with(make_app: MakeApp) -> None:
    engine = ScriptedEngine([answer("One."), [AnswerDelta("Cut"), TurnFinished("length")]])
    app = make_app(engine=engine)
    async with app.run_test(notifications=True) as pilot:
        await say(pilot, "go")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+g")
        await sees(pilot, "The last answer is whole")
        assert len(engine.requests) == 1
        await say(pilot, "on")
        await sees(pilot, "cut at the length limit")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("alt+g")
        await until(pilot, lambda: len(engine.requests) == 3)


async def test_keys_that_wait_for_the_model_say_why(make_app: MakeApp) -> None:
    gate = Gate()
    engine = ScriptedEngine([[AnswerDelta("Hm"), gate, TurnFinished("stop")]])
    app = make_app(engine=engine)
    async with app.run_test(notifications=True) as pilot:
        await say(pilot, "go")
        await sees(pilot, "Hm")
        await pilot.press("alt+b")
        await sees(pilot, "The model is still answering")
        await pilot.press("f6")
        await sees(pilot, "It is not thinking now.")
        assert engine.answered_now == 0
        gate.set()
        await until(pilot, lambda: app.chat.session.state == "ready")
