"""Keys: every binding can be remapped, is listed by F1, and is found in the palette."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen

import carnice_tui.ui
from carnice_tui.core.actions import ACTIONS, BY_ID, PLACES
from carnice_tui.core.settings import Settings
from carnice_tui.engine.replay import Replay
from carnice_tui.ui import keys
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.palette import FOR_THE_BROWSED, ScreenCommands
from carnice_tui.ui.reach import bound_by, reachable
from carnice_tui.ui.replay import ReplayApp
from carnice_tui.ui.screens.models import ModelsScreen
from carnice_tui.ui.screens.picker import Picker
from carnice_tui.ui.screens.sessions import SessionsScreen
from carnice_tui.ui.screens.settings import SettingsScreen
from carnice_tui.ui.screens.sheet import Sheet
from carnice_tui.ui.screens.value import Typed
from carnice_tui.ui.themed import ThemedApp
from carnice_tui.ui.widgets.choices import Choices
from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import ScriptedEngine, answer
from tests.ui.test_replay_screen import RECORDS
from tests.ui.watching import say, screen_text, sees, sees_no, until


@pytest.fixture(autouse=True)
def own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test leaves its keys to another."""
    monkeypatch.setattr(keys, "_mapped", {})


def _replay(settings: Settings | None = None) -> ReplayApp:
    return ReplayApp(Replay(RECORDS, waits_at_end=True), settings or Settings())


# -- every binding is an action


def _kinds() -> Iterator[type[DOMNode]]:
    """Every app, screen and widget of ours."""
    for module in pkgutil.walk_packages(carnice_tui.ui.__path__, "carnice_tui.ui."):
        for kind in vars(importlib.import_module(module.name)).values():
            is_node = isinstance(kind, type) and issubclass(kind, DOMNode)
            if is_node and kind.__module__ == module.name:
                yield kind


def test_every_binding_is_an_action_that_the_settings_can_remap() -> None:
    own = [(kind, one) for kind in _kinds() for one in vars(kind).get("BINDINGS", ())]
    assert own
    for kind, binding in own:
        assert isinstance(binding, Binding), (kind, binding)
        assert binding.id in BY_ID, (kind, binding)


def test_every_action_is_done_by_a_binding() -> None:
    done = {action for kind in _kinds() for action, _ in bound_by(kind)}
    assert done == set(BY_ID)


# -- every action is found where it can be done

Open = Callable[[Pilot[None]], Awaitable[None]]


def _with(*pressed: str) -> Open:
    async def open_it(pilot: Pilot[None]) -> None:
        await pilot.press(*pressed)

    return open_it


async def _sheet(pilot: Pilot[None]) -> None:
    await pilot.press("f1")
    await until(pilot, lambda: isinstance(pilot.app.screen, Sheet))


def _shows(kind: type[Screen[Any]]) -> Callable[[Pilot[None]], bool]:
    return lambda pilot: type(pilot.app.screen) is kind


async def _offer(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, CarniceApp)
    await pilot.press("/", "d", "e")
    await until(pilot, lambda: app.chat.composer.offering)


SCREENS: dict[str, tuple[Open, Callable[[Pilot[None]], bool]]] = {
    "chat": (_with(), lambda _: True),
    "offers": (_offer, lambda _: True),
    "picker": (_with("f3"), _shows(Picker)),
    "models": (_with("f4"), _shows(ModelsScreen)),
    "settings": (_with("f8"), _shows(SettingsScreen)),
    "sessions": (_with("ctrl+o"), _shows(SessionsScreen)),
    "sheet": (_sheet, _shows(Sheet)),
}


@pytest.mark.parametrize("name", [*SCREENS, "replay"])
async def test_the_palette_finds_every_action_of_the_screen(name: str, make_app: MakeApp) -> None:
    app: ThemedApp = _replay() if name == "replay" else make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        if name != "replay":
            opens, is_open = SCREENS[name]
            await sees(pilot, "Three things to try")
            await opens(pilot)
            await until(pilot, lambda: is_open(pilot))
        else:
            await sees(pilot, "first answer")
        provider = ScreenCommands(app.screen)
        wanted = set(_bound_on(app, app.screen))
        assert wanted
        for action, does in wanted:
            if BY_ID[action].place == "offers" and name != "offers":
                continue  # nothing is offered
            if does.startswith(FOR_THE_BROWSED):
                action = action.removeprefix("transcript.")  # the chat does it, for that message
            title = BY_ID[action].title
            assert title in [hit.text async for hit in provider.search(title)], action


async def test_on_some_screen_every_action_is_found(make_app: MakeApp) -> None:
    found: set[str] = set()
    for name, (opens, is_open) in SCREENS.items():
        app = make_app()
        async with app.run_test(size=(100, 30)) as pilot:
            await sees(pilot, "Three things to try")
            await opens(pilot)
            await until(pilot, lambda is_open=is_open, pilot=pilot: is_open(pilot))
            found |= {one.action.id for one in reachable(app.screen)}
            assert name
    async with _replay().run_test() as pilot:
        await sees(pilot, "first answer")
        found |= {one.action.id for one in reachable(pilot.app.screen)}

    assert found == set(BY_ID)


def _bound_on(app: ThemedApp, screen: Screen[Any]) -> Iterator[tuple[str, str]]:
    """What keys do there, by a look of its own at the bindings."""
    for node in (app, screen, *(one for one in screen.query("*") if one.can_focus)):
        for _, binding in node._bindings:
            if binding.id is not None:
                yield binding.id, binding.action
        yield from getattr(node, "HEARD", {}).items()


async def test_from_the_palette_a_message_is_browsed_with_the_keys_at_hand(
    make_app: MakeApp,
) -> None:
    app = make_app(answer("Well."))
    async with app.run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Well.")
        await _by_palette(pilot, "Message before")
        await until(pilot, lambda: app.chat.transcript.browsed_entry() is not None)
        assert app.chat.transcript.has_focus
        await pilot.press("e")
        await until(pilot, lambda: app.chat.composer.text == "go")


async def _by_palette(pilot: Pilot[None], title: str) -> None:
    await pilot.press("ctrl+p")
    await pilot.press(*title)
    await sees(pilot, title)
    action = next(action for action in ACTIONS if action.title == title)
    await sees(pilot, keys.keys_of(action.id))
    await pilot.press("enter")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("answer-now", "It is not thinking"),
        ("new", "This conversation is new"),
        ("browse", "There is no message here yet"),
        ("unfold", "There is no folded paste"),
        ("fold", "Thinking will be shown"),
        ("apply", "There is no patch"),
        ("open", "Nothing was found here yet"),
        ("allow", "Nothing waits for a yes"),
        ("branch", "There is no other branch here"),
        ("transcript.unfold", "Nothing here folds"),
        ("transcript.before", "There is no message here yet"),
        ("composer.send", "Nothing is written yet"),
        ("composer.undo", "Nothing was typed"),
        ("composer.redo", "Nothing was undone"),
        ("composer.sent-before", "Nothing was sent before"),
        ("composer.sent-after", "Nothing was sent after that"),
        ("history", "Nothing was sent before"),
        ("interrupt", "Nothing is under way"),
    ],
)
async def test_what_does_not_apply_says_so(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, action: str, told: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(ThemedApp, "notify", lambda _, message, **__: said.append(message))
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "Three things to try")
        await next(one for one in reachable(app.screen) if one.action.id == action).do()
        await until(pilot, lambda: any(told in text for text in said))


async def test_enter_and_esc_with_nothing_to_do_are_not_talked_about(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(notifications=True) as pilot:
        await sees(pilot, "Find a bug")
        await pilot.press("enter", "escape", "up")
        await pilot.pause()
        assert not app._notifications


# -- the key help


@pytest.mark.parametrize("name", [*SCREENS, "replay"])
async def test_the_key_help_lists_the_keys_of_every_screen(name: str, make_app: MakeApp) -> None:
    if name == "sheet":
        return  # its own key closes it
    mapped = Settings(keys={"app": {"palette": "f12"}, "lists": {"down": "ctrl+n"}})
    app: ThemedApp = _replay(mapped) if name == "replay" else make_app(settings=mapped)
    async with app.run_test(size=(120, 220)) as pilot:
        if name != "replay":
            opens, is_open = SCREENS[name]
            await sees(pilot, "Three things to try")
            await opens(pilot)
            await until(pilot, lambda: is_open(pilot))
        else:
            await sees(pilot, "first answer")
        listed = reachable(app.screen)
        await pilot.press("f1")
        await sees(pilot, "Keys · Esc closes")
        await sees(pilot, "F12")
        text = screen_text(pilot)
        for one in listed:
            assert one.action.title in text
            assert keys.key_of(one.action.id) in text or not keys.keys_of(one.action.id)
            assert PLACES[one.action.place] in text or not one.action.place
        assert ("/help" in text) == (name in ("chat", "offers"))
        await pilot.press("f1")
        await sees_no(pilot, "Keys · Esc closes")


# -- remapped


async def test_sending_and_a_new_line_can_change_places(make_app: MakeApp) -> None:
    engine = ScriptedEngine([answer("Well.")])
    mapped = Settings(keys={"composer": {"send": "ctrl+s", "newline": "enter"}})
    app = make_app(engine=engine, settings=mapped)
    async with app.run_test() as pilot:
        await sees(pilot, "Ctrl+S sends · Enter new line")
        await pilot.press("a", "enter", "b", "ctrl+s")
        await sees(pilot, "Well.")
    assert engine.requests[0].messages[-1].content == "a\nb"


async def test_what_is_offered_is_taken_with_the_key_for_that(make_app: MakeApp) -> None:
    mapped = Settings(keys={"offers": {"take": "f10", "down": "f11"}})
    app = make_app(settings=mapped)
    async with app.run_test() as pilot:
        await pilot.press("/", "d", "e")
        await sees(pilot, "details")
        first = app.chat.suggestions.chosen
        await pilot.press("f11")
        await until(pilot, lambda: app.chat.suggestions.chosen != first)
        await pilot.press("f10")
        await until(pilot, lambda: not app.chat.suggestions.display)


async def test_what_was_sent_comes_back_with_another_key(make_app: MakeApp) -> None:
    app = make_app(answer("Well."), settings=Settings(keys={"composer": {"sent-before": "alt+up"}}))
    async with app.run_test() as pilot:
        await say(pilot, "remember me")
        await sees(pilot, "Well.")
        await pilot.press("up")
        await pilot.pause()
        assert app.chat.composer.text == ""
        await pilot.press("alt+up")
        await until(pilot, lambda: app.chat.composer.text == "remember me")


async def test_a_message_is_edited_with_another_letter(make_app: MakeApp) -> None:
    app = make_app(answer("Well."), settings=Settings(keys={"transcript": {"edit": "w"}}))
    async with app.run_test() as pilot:
        await say(pilot, "go")
        await sees(pilot, "Well.")
        await pilot.press("ctrl+b", "e")
        await pilot.pause()
        assert app.chat.composer.text == ""
        await pilot.press("w")
        await until(pilot, lambda: app.chat.composer.text == "go")


async def test_a_list_is_steered_and_left_with_other_keys(make_app: MakeApp) -> None:
    mapped = {"down": "ctrl+n", "close": "ctrl+w", "choose": "ctrl+s"}
    app = make_app(settings=Settings(keys={"lists": mapped}))
    async with app.run_test() as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        picker = app.screen
        assert isinstance(picker, Picker)
        first = picker.highlighted()
        await pilot.press("escape", "down")
        assert picker.highlighted() == first
        await pilot.press("ctrl+n")
        await until(pilot, lambda: picker.highlighted() != first)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.chat)
        await pilot.press("f8")
        await sees(pilot, "Settings · Ctrl+S changes, Del resets, Ctrl+W closes")
        settings = app.screen
        await pilot.press("enter", "escape", "down")
        await pilot.pause()
        choices = settings.query_one(Choices)
        assert app.screen is settings
        assert choices.highlighted == 0
        await pilot.press("ctrl+n")
        assert choices.highlighted == 1
        await pilot.press("ctrl+w")
        await until(pilot, lambda: app.screen is app.chat)


async def test_the_list_of_sessions_names_its_keys_as_they_are_mapped(make_app: MakeApp) -> None:
    mapped = Settings(keys={"session-list": {"rename": "ctrl+e", "pin": ""}, "settings": "f12"})
    app = make_app(settings=mapped)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("ctrl+o")
        await sees(pilot, "Ctrl+E renames · Pin or unpin pins")
        await pilot.press("escape")
        await sees_no(pilot, "Ctrl+E renames")
        await pilot.press("f12")
        await sees(pilot, "Settings · Enter changes")
        await pilot.press("f12")
        await sees_no(pilot, "Settings · Enter changes")


async def test_a_replay_is_steered_with_other_keys() -> None:
    app = _replay(Settings(keys={"player": {"pause": "x", "quit": "w"}}))
    async with app.run_test(size=(130, 24)) as pilot:
        await sees(pilot, "x pause")
        await pilot.press("space")
        await pilot.pause()
        assert not app.player.replay.paused
        await pilot.press("x")
        await until(pilot, lambda: app.player.replay.paused)
        await pilot.press("q")
        await pilot.pause()
        assert app.is_running
        await pilot.press("w")
        await until(pilot, lambda: not app.is_running)


async def test_an_action_may_have_no_key_and_everywhere_means_everywhere(make_app: MakeApp) -> None:
    mapped = Settings(keys={"thinking": "", "app": {"palette": "f12"}, "quit": "ctrl+x"})
    app = make_app(settings=mapped)
    async with app.run_test() as pilot:
        await sees(pilot, "F12 every command")
        await pilot.press("f3", "ctrl+q", "ctrl+p")
        await pilot.pause()
        assert app.screen is app.chat
        await pilot.press("f12")
        await until(pilot, lambda: app.screen is not app.chat)
        await pilot.press("ctrl+x")
        await until(pilot, lambda: not app.is_running)


async def test_keys_are_changed_on_the_screen_of_settings(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        screen.show("keys.transcript.edit")
        await sees(pilot, "Keys: Edit.")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.focused, Typed))
        await pilot.press("w", "enter")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("escape")
        await until(pilot, lambda: keys.keys_of("transcript.edit") == "w")
    assert app.settings.keys == {"transcript": {"edit": "w"}}
