"""The chat screen: what you do, and what you then see."""

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    LoadProgress,
    ReasoningDelta,
    TurnFinished,
)
from carnice_tui.core.requests import TurnRequest
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import MODEL, Gate, ScriptedEngine, answer
from tests.ui.watching import say, screen_text, sees, sees_no, until


async def test_an_answer_is_shown_with_its_figures(make_app: MakeApp) -> None:
    async with make_app(answer("It is **off by one**.")).run_test() as pilot:
        await say(pilot, "what is wrong?")

        await sees(pilot, "› what is wrong?")
        await sees(pilot, "It is off by one.")
        await sees(pilot, "45.0 tok/s · first token 0.25 s · prompt 100 (50 cached, 50 read)")


async def test_one_can_type_before_the_model_is_loaded_and_it_is_sent_then(
    make_app: MakeApp,
) -> None:
    gate = Gate()
    engine = ScriptedEngine(
        [answer("Here I am.")], load=[LoadProgress("downloading", 10**9, 4 * 10**9), gate, MODEL]
    )
    async with make_app(engine=engine).run_test() as pilot:
        await sees(pilot, "downloading 1.0 GB of 4.0 GB")
        await say(pilot, "hello")
        await sees(pilot, "waiting · hello")
        gate.set()

        await sees(pilot, "Here I am.")


async def test_thinking_is_a_line_until_it_is_unfolded(make_app: MakeApp) -> None:
    async with make_app(answer("Done.", "first this then that")).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Thought · 4 tokens · 1.5 s")
        assert "first this" not in screen_text(pilot)

        await pilot.press("ctrl+t")
        await sees(pilot, "first this then that")
        await pilot.press("ctrl+t", "ctrl+t")
        await sees_no(pilot, "first this")


async def test_escape_interrupts_and_keeps_what_was_said(make_app: MakeApp) -> None:
    gate = Gate()
    app = make_app([AnswerDelta("half an ans"), gate, AnswerDelta("never"), TurnFinished("stop")])
    async with app.run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "half an ans")
        await pilot.press("escape")

        await sees(pilot, "interrupted")
        assert "half an ans" in screen_text(pilot)
        assert app.chat.session.state == "ready"


async def test_messages_typed_while_busy_wait_and_can_be_taken_back(make_app: MakeApp) -> None:
    gate = Gate()
    first = [AnswerDelta("one"), gate, TurnFinished("stop")]
    app = make_app(first, answer("the answer to two"))
    async with app.run_test() as pilot:
        await say(pilot, "first")
        await sees(pilot, "  one")
        await say(pilot, "second")
        await say(pilot, "third")
        await sees(pilot, "waiting · third")
        await pilot.press("up")
        await sees_no(pilot, "waiting · third")
        assert app.chat.composer.text == "third"
        gate.set()

        await sees(pilot, "the answer to two")


async def test_answer_now_is_passed_on_while_thinking(make_app: MakeApp) -> None:
    gate = Gate()
    engine = ScriptedEngine([[ReasoningDelta("hm"), gate, AnswerDelta("ok"), TurnFinished("stop")]])
    async with make_app(engine=engine).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Thinking · 1 token")
        await pilot.press("f6")
        gate.set()
        await sees(pilot, "ok")

    assert engine.answered_now == 1


async def test_an_engine_that_fails_leaves_a_card_and_the_app_goes_on(make_app: MakeApp) -> None:
    broken = [
        AnswerDelta("so far"),
        EngineFailed("The worker died.", "Killed: 9"),
        TurnFinished("failed"),
    ]
    async with make_app(broken, answer("Back again.")).run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "The engine failed")
        assert "Killed: 9" in screen_text(pilot)
        await say(pilot, "again")

        await sees(pilot, "Back again.")


async def test_a_model_that_cannot_be_loaded_is_explained_and_tried_again(
    make_app: MakeApp,
) -> None:
    engine = ScriptedEngine(load=[EngineFailed("No config.json in that folder.")])
    async with make_app(engine=engine).run_test() as pilot:
        await sees(pilot, "No config.json in that folder.")
        await sees(pilot, "no model")


async def test_in_the_bug_finder_code_is_wrapped_in_the_question(make_app: MakeApp) -> None:
    engine = ScriptedEngine([answer("BUG: x\nFIX: y")])
    async with make_app(engine=engine).run_test() as pilot:
        await pilot.press("f2")
        await sees(pilot, "bug finder")
        await say(pilot, "x = 1")
        await sees(pilot, "BUG  x")

    request: TurnRequest = engine.requests[0]
    assert request.messages[-1].content == "```\nx = 1\n```\nWhat's wrong?"


async def test_reading_back_stands_still_while_the_answer_goes_on(make_app: MakeApp) -> None:
    gate = Gate()
    lines = "\n".join(f"- line {n}" for n in range(100))
    app = make_app([AnswerDelta(lines), gate, AnswerDelta("\n- the end"), TurnFinished("stop")])
    async with app.run_test(size=(60, 20)) as pilot:
        await say(pilot, "go")
        await sees(pilot, "line 98")
        await pilot.press("pageup", "pageup")
        await sees_no(pilot, "line 98")
        before = screen_text(pilot).split("\n")[:15]
        gate.set()
        await sees(pilot, "new below")

        assert screen_text(pilot).split("\n")[:15] == before
        await pilot.press("ctrl+end")
        await sees(pilot, "the end")


async def test_the_engine_is_closed_when_the_app_is_left(make_app: MakeApp) -> None:
    engine = ScriptedEngine()
    app = make_app(engine=engine)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("ctrl+q")

    assert engine.closed
