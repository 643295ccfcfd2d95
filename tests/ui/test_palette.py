"""Every action is found in the command palette and has a key or a name to type."""

import pytest
from textual.pilot import Pilot

from carnice_tui.ui.commands import COMMANDS, Command
from carnice_tui.ui.palette import ScreenCommands
from tests.ui.conftest import MakeApp
from tests.ui.watching import sees, sees_no


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_action_is_reached_by_keyboard(command: Command) -> None:
    assert command.keys or command.slash
    assert command.title
    assert command.help


async def test_every_action_is_found_in_the_palette(make_app: MakeApp) -> None:
    async with make_app().run_test() as pilot:
        provider = ScreenCommands(pilot.app.screen)
        discovered = {hit.text async for hit in provider.discover()}
        found = {
            command.name
            for command in COMMANDS
            if command.title in [hit.text async for hit in provider.search(command.title)]
        }

    assert discovered >= {command.title for command in COMMANDS}
    assert found == {command.name for command in COMMANDS}


async def test_the_palette_does_what_is_chosen(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+p")
        await _choose(pilot, "Settings")
        await sees(pilot, "Settings · Enter changes")
        await pilot.press("escape")
        await sees_no(pilot, "Settings · Enter changes")


async def _choose(pilot: Pilot[None], title: str) -> None:
    await pilot.press(*title)
    await sees(pilot, "Everything that can be set")
    await pilot.press("enter")
