"""Vi's keys in the composer, where they are wished for."""

from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.settings import Screen, Settings
from carnice_tui.ui.widgets.vim_motions import MOTIONS
from tests.ui.conftest import MakeApp
from tests.ui.watching import sees, until

VIM = Settings(ui=Screen(vim_keys=True))


CASES = [
    ("one two three", "0dw", "two three"),
    ("one two three", "0wdw", "one three"),
    ("one two three", "0cwX", "X two three"),
    ("one two three", "0wD", "one "),
    ("one two three", "0$x", "one two thre"),
    ("one two three", "hhx", "one two thee"),
    ("one two three", "0x2x", " two three"),
    ("one\ntwo\nthree", "ggdd", "two\nthree"),
    ("one\ntwo\nthree", "ggddp", "two\none\nthree"),
    ("one\ntwo\nthree", "Gdd", "one\ntwo"),
    ("one\ntwo\nthree", "ggdj", "three"),
    ("one\ntwo\nthree", "gg2yyGp", "one\ntwo\nthree\none\ntwo"),
    ("one\ntwo\nthree", "ggJ", "one two\nthree"),
    ("one\ntwo", "ggoX", "one\nX\ntwo"),
    ("one\ntwo", "ggOX", "X\none\ntwo"),
    ("  one", "IX", "  Xone"),
    ("one", "0iX", "Xone"),
    ("one", "0aX", "oXne"),
    ("one", "0AX", "oneX"),
    ("one\ntwo", "ggCX", "X\ntwo"),
    ("one two", "0de", " two"),
    ("one two", "$bdh", "onetwo"),
    ("one\ntwo", "ggccX", "X\ntwo"),
    ("one two", "0dwu", "one two"),
    ("a.b(c)", "0wwdw", "a.(c)"),
]
"""A text with the cursor at its end, the keys, and the text after them."""


async def test_commands_do_what_vi_does(make_app: MakeApp) -> None:
    app = make_app(settings=VIM)
    async with app.run_test() as pilot:
        composer = app.chat.composer
        for text, keys, after in CASES:
            composer.load(text)
            await pilot.press("escape")
            await until(pilot, lambda: composer.mode == "NORMAL")
            await pilot.press(*keys)
            assert composer.text == after, f"{keys} in {text!r}"
            if composer.mode == "NORMAL":
                await pilot.press("i")


async def test_the_mode_is_shown_and_enter_sends_in_both(make_app: MakeApp) -> None:
    app = make_app(settings=VIM)
    async with app.run_test() as pilot:
        await sees(pilot, "INSERT")
        await pilot.press(*"hi", "escape")
        await sees(pilot, "NORMAL")
        await pilot.press("enter")
        await sees(pilot, "I have nothing more to say.")


async def test_without_the_setting_every_letter_is_typed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("escape", *"dd")
        assert app.chat.composer.text == "dd"


lines = st.lists(st.text("ab. _", max_size=6), min_size=1, max_size=4)


@given(
    lines,
    st.sampled_from(sorted(MOTIONS)),
    st.integers(0, 5),
    st.integers(0, 6),
    st.none() | st.integers(1, 30),
)
def test_a_motion_always_ends_within_the_text(
    text: list[str], name: str, row: int, column: int, count: int | None
) -> None:
    row = min(row, len(text) - 1)
    column = min(column, len(text[row]))
    to_row, to_column = MOTIONS[name].go(text, (row, column), count)
    assert 0 <= to_row < len(text)
    assert 0 <= to_column <= len(text[to_row])
