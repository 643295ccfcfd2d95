"""The settings: each kind of field changed as a person would, and what stands in the file then."""

import tomllib

import pytest
from textual.pilot import Pilot

from carnice_tui.core import paths
from carnice_tui.core.settings import Settings, Thinking
from carnice_tui.core.settings_schema import BadValue, fields, fields_by_name
from carnice_tui.ui.setting_values import changed, shown_value, typed_value
from carnice_tui.ui.widgets.choices import Choices
from tests.ui.conftest import MakeApp
from tests.ui.watching import screen_text, sees, sees_no, until

SIZE = (110, 50)


def in_file() -> dict[str, object]:
    """What the file holds."""
    file = paths.settings_file()
    return tomllib.loads(file.read_text()) if file.exists() else {}


async def go_to(pilot: Pilot[None], name: str) -> None:
    """Open the settings, if they are not, and highlight one."""
    if "Settings · Enter" not in screen_text(pilot):
        await pilot.press("f8")
        await sees(pilot, "Settings · Enter")
    shown = [field.name for field in fields() if field.kind != "table"]
    pilot.app.screen.query_one(Choices).highlighted = shown.index(name)
    await pilot.pause()


async def test_a_number_that_is_wrong_stays_to_be_mended(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await go_to(pilot, "generation.temperature")
        await pilot.press("enter")
        await sees(pilot, "A number from 0 to 2, or nothing")
        await pilot.press(*"0.9x", "enter")
        await sees(pilot, "Not taken: it must be a number from 0 to 2")
        await pilot.press("backspace", "enter")
        await sees_no(pilot, "Enter takes it")
        assert in_file() == {"generation": {"temperature": 0.9}}


async def test_a_value_can_be_changed_a_little_emptied_and_reset(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await go_to(pilot, "system")
        await pilot.press("enter")
        await sees(pilot, "A text")
        await pilot.press(*"Be short.", "ctrl+j", *"Be kind.", "enter")
        await until(pilot, lambda: in_file() == {"system": "Be short.\nBe kind."})
        await pilot.press("enter")
        await sees(pilot, "Be kind.")
        await pilot.press("backspace", "!", "enter")
        await until(pilot, lambda: in_file() == {"system": "Be short.\nBe kind!"})
        await pilot.press("delete")
        await until(pilot, lambda: in_file() == {})

        await go_to(pilot, "generation.seed")
        await pilot.press("enter")
        await pilot.press(*"7", "enter")
        await until(pilot, lambda: in_file() == {"generation": {"seed": 7}})
        await pilot.press("enter")
        await sees(pilot, "or nothing")
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: in_file() == {"generation": {}})


async def test_a_list_a_switch_and_a_choice_are_changed_each_in_its_way(
    make_app: MakeApp,
) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await go_to(pilot, "generation.stop")
        await pilot.press("enter")
        await sees(pilot, "Texts in quotes")
        await pilot.press(*'"a", "\\n', "enter")
        await sees(pilot, "Not taken")
        await pilot.press('"', "enter")
        await until(pilot, lambda: in_file() == {"generation": {"stop": ["a", "\n"]}})
        await go_to(pilot, "ui.vim_keys")
        await pilot.press("enter")
        await until(pilot, lambda: in_file()["ui"] == {"vim_keys": True})
        await go_to(pilot, "ui.show_thinking")
        await pilot.press("enter")
        await sees(pilot, "collapsed")
        await pilot.press(*"full", "enter")
        await until(pilot, lambda: in_file()["ui"] == {"vim_keys": True, "show_thinking": "full"})
        await pilot.press("escape")
        await sees_no(pilot, "Settings · Enter")
        assert pilot.app.chat.thread.thinking == "full"


@pytest.mark.parametrize("width", [60, 80])
async def test_all_that_is_said_of_a_setting_is_seen_and_the_list_keeps_its_height(
    make_app: MakeApp, width: int
) -> None:
    async with make_app().run_test(size=(width, 24)) as pilot:
        heights: set[int] = set()
        for name in ("generation.seed", "ui.vim_keys", "prompts.disk_gb", "remote.base_url"):
            await go_to(pilot, name)
            field = fields_by_name()[name]
            end = field.allowed.split()[-1] if name == "generation.seed" else "start."
            await sees(pilot, field.doc.split()[0])
            box = pilot.app.screen.query_one("#doc")
            said = " ".join(screen_text(pilot).split("\n")[box.region.y : box.region.bottom])
            assert end in said or name == "ui.vim_keys", said
            heights.add(pilot.app.screen.query_one(Choices).size.height)
        assert len(heights) == 1


async def test_esc_leaves_value_and_file_as_they_were(make_app: MakeApp) -> None:
    file = paths.settings_file()
    file.parent.mkdir(parents=True)
    file.write_text('# mine\nsystem = "Be."  # short\n\n[later]\nnew = 1\n')
    async with make_app().run_test(size=SIZE) as pilot:
        await go_to(pilot, "generation.max_tokens")
        await pilot.press("enter")
        await pilot.press(*"99", "escape")
        await sees_no(pilot, "Enter takes it")
        assert file.read_text().startswith("# mine")
        await pilot.press("enter")
        await pilot.press(*"99", "enter")
        await until(pilot, lambda: "max_tokens = 99" in file.read_text())
        assert file.read_text().startswith('# mine\nsystem = "Be."  # short\n\n[later]\nnew = 1\n')


async def test_the_theme_is_chosen_from_those_there_are(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await go_to(pilot, "ui.theme")
        await pilot.press("enter")
        await sees(pilot, "contrast")
        await pilot.press(*"paper", "enter")
        await until(pilot, lambda: in_file() == {"ui": {"theme": "paper"}})
        await pilot.press("escape")
        await sees_no(pilot, "Settings · Enter")
        assert app.theme == app.chat.settings.ui.theme == "paper"


async def test_what_only_the_next_start_looks_at_says_so(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARNICE_UI_THEME", "paper")
    async with make_app().run_test(size=SIZE) as pilot:
        await go_to(pilot, "ui.mouse")
        await sees(pilot, "Counts from the next start.")
        await go_to(pilot, "ui.theme")
        await sees(pilot, "CARNICE_UI_THEME is set, and wins over what is set here.")


async def test_a_setting_that_changes_leaves_what_this_conversation_has_of_its_own(
    make_app: MakeApp,
) -> None:
    app = make_app(settings=Settings(thinking=Thinking(mode="high")))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f3")
        await sees(pilot, "answers at once")
        await pilot.press(*"off", "enter")
        await until(pilot, lambda: app.chat.session.conversation.options.request.thinking == "off")
        await go_to(pilot, "ui.vim_keys")
        await pilot.press("enter")
        await until(pilot, lambda: in_file() != {})
        await pilot.press("escape")
        await sees_no(pilot, "Settings · Enter")
        assert app.chat.session.conversation.options.request.thinking == "off"

        await pilot.press("f2")
        await sees(pilot, "Bug finder")
        await pilot.press("f2")
        await until(pilot, lambda: app.chat.session.mode == "chat")
        assert app.chat.session.conversation.options.request.thinking == "off"


@pytest.mark.parametrize("name", ["generation.stop", "system", "generation.top_k", "ui.mouse"])
def test_what_is_shown_of_a_value_is_what_one_types_for_it(name: str) -> None:
    field = fields_by_name()[name]
    values = {
        "generation.stop": ("a, b", '"quoted"', "\n", "'"),
        "system": "several\nlines\t",
        "generation.top_k": 20,
        "ui.mouse": False,
    }
    settings = changed(Settings(), field, values[name])
    assert typed_value(field, shown_value(settings, field)) == values[name]


@pytest.mark.parametrize("typed", ['"open', '"a" "b"', '"a", 3'])
def test_a_list_that_cannot_be_read_is_refused(typed: str) -> None:
    with pytest.raises(BadValue):
        typed_value(fields_by_name()["generation.stop"], typed)
