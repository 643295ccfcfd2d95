"""A long paste is one thing in the composer: whole, opened or gone, never in pieces."""

import pytest
from textual.events import Paste

from carnice_tui.ui.widgets.composer import Composer
from tests.ui.conftest import MakeApp
from tests.ui.watching import until

LONG = "\n".join(f"line {number}" for number in range(20))
CHIP = "⟦paste 1 · 20 lines⟧"


async def paste(pilot, composer: Composer) -> None:
    composer.post_message(Paste(LONG))
    await until(pilot, lambda: CHIP in composer.text)


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        (["backspace"], "see  it"),
        (["ctrl+w"], "see  it"),
        (["left", "left", "delete"], "see  it"),
        (["shift+left", "x"], "see x it"),
        (["left", "left", "x"], f"see {CHIP}x it"),
    ],
)
async def test_a_key_at_a_folded_paste_takes_all_of_it_or_nothing(
    make_app: MakeApp, keys: list[str], left: str
) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        composer = app.chat.composer
        await pilot.press(*"see  it", "left", "left", "left")
        await paste(pilot, composer)
        await pilot.press(*keys)

        await until(pilot, lambda: composer.text == left)
        assert composer.whole_text == left.replace(CHIP, LONG)


async def test_a_folded_paste_that_was_deleted_comes_back_whole(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        composer = app.chat.composer
        await paste(pilot, composer)
        await pilot.press("backspace")
        await until(pilot, lambda: not composer.text)
        await pilot.press("ctrl+underscore")

        await until(pilot, lambda: composer.whole_text == LONG)


async def test_what_is_put_into_the_composer_can_be_taken_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        composer = app.chat.composer
        await pilot.press(*"my own words")
        composer.load("something sent before")
        await pilot.press("ctrl+underscore")

        await until(pilot, lambda: composer.text == "my own words")


async def test_a_conversation_that_begins_with_a_folded_paste_is_called_after_what_was_pasted(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await paste(pilot, app.chat.composer)
        await pilot.press("enter")
        await until(pilot, lambda: app.chat.session.conversation.tree.title)

        assert app.chat.session.conversation.tree.title == "line 0"
