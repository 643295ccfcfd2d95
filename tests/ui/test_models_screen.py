"""Choosing a model: what fits here, what would, and a conversation that stays."""

import pytest

from carnice_tui.core.settings import Remote, Settings
from carnice_tui.models.machine import Machine
from carnice_tui.ui import model_facts
from carnice_tui.ui.screens import models
from carnice_tui.ui.screens.models import ModelsScreen
from carnice_tui.ui.widgets.choices import Choices
from tests.engine.scripted_server import document, scripted
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import ScriptedEngine, answer
from tests.ui.watching import say, screen_text, sees, sees_no, until

SMALL_MAC = Machine("Apple M4 Pro", "metal", 24 * 1024**3, 18_000_000_000, 273)


@pytest.fixture(autouse=True)
def on_a_small_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    async def facts(context: int) -> model_facts.ModelFacts:
        return model_facts.facts_for(SMALL_MAC, context or model_facts.CONTEXT)

    monkeypatch.setattr(models, "model_facts", facts)


async def test_it_says_what_fits_how_fast_and_which_to_take(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await pilot.press("f4")
        await sees(pilot, "★ carnice-mixed_3_6")
        await sees(pilot, "Apple M4 Pro (metal, 273 GB/s): 18.0 GB for a model")
        await pilot.press("down")
        await sees(pilot, "★ Recommended here: the card's recommendation")
        await sees(pilot, "tok/s expected; the bandwidth allows")
        await sees(pilot, "Not on this machine: Enter fetches 12.0 GB first.")


async def test_what_does_not_fit_says_what_would_and_wants_a_second_enter(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f4")
        await sees(pilot, "carnice-6bit")
        await pilot.press(*"6bit", "enter")
        await sees(pilot, "Too large: it needs")
        await sees(pilot, "These would fit:")
        await sees(pilot, "Enter again loads it all the same.")
        assert app.chat.session.model == "demo"
        await pilot.press("enter")
        await until(pilot, lambda: app.chat.session.model == "carnice-6bit")


async def test_what_mlx_does_not_run_is_not_taken(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await pilot.press("f4")
        await sees(pilot, "llama.cpp")
        await pilot.press(*"q5_k_m", "enter")
        await sees(pilot, "MLX does not run GGUF")
        await pilot.press("escape")
        await sees_no(pilot, "MLX does not run GGUF")


async def test_another_model_goes_on_with_the_same_conversation(make_app: MakeApp) -> None:
    engine = ScriptedEngine([answer("One."), answer("Two.")])
    app = make_app(engine=engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await say(pilot, "first")
        await sees(pilot, "One.")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await pilot.press("f4")
        await sees(pilot, "carnice-4bit")
        await pilot.press(*"carnice-4bit", "enter")
        await until(pilot, lambda: app.chat.session.model == "carnice-4bit")
        await until(pilot, lambda: app.chat.session.state == "ready")
        await say(pilot, "second")
        await sees(pilot, "Two.")
        assert "One." in screen_text(pilot)

    assert [m.content for m in engine.requests[1].messages] == ["first", "One.", "second"]


async def test_over_a_server_its_own_models_are_offered(make_app: MakeApp) -> None:
    async with scripted() as server:
        models = [{"id": "you/one"}, {"id": "you/two", "context_length": 65_536}]
        server.models = document({"data": models})
        app = make_app(settings=Settings(remote=Remote(base_url=server.url)))
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("f4")
            await sees(pilot, "you/one")
            await sees(pilot, "65,536 tokens")
            await pilot.press(*"two", "enter")
            await until(pilot, lambda: app.chat.session.model == "you/two")


async def test_a_server_that_is_gone_is_said_where_its_models_would_be(make_app: MakeApp) -> None:
    app = make_app(settings=Settings(remote=Remote(base_url="http://127.0.0.1:9")))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f4")
        told = app._notifications
        await until(pilot, lambda: any("Nobody listens" in one.message for one in told))


async def test_what_is_told_of_the_list_when_it_is_left_already_breaks_nothing(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("f4")
        await sees(pilot, "★ carnice-mixed_3_6")
        screen = app.screen
        assert isinstance(screen, ModelsScreen)
        options = screen.query_one(Choices)
        late = Choices.OptionHighlighted(options, options.get_option_at_index(0), 0)
        await pilot.press("escape")
        await until(pilot, lambda: not screen.is_attached)
        screen.on_option_list_option_highlighted(late)
