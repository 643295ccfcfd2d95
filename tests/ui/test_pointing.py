"""The mouse on the transcript: drags, drags beyond the edge, clicks in a row, folds."""

from textual.pilot import Pilot

from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.transcript.marks import marked
from carnice_tui.ui.transcript.selected_source import selected_source
from carnice_tui.ui.transcript.thinking_entry import ThinkingEntry
from tests.ui.conftest import MakeApp
from tests.ui.painting import LOOK
from tests.ui.scripted_engine import answer
from tests.ui.watching import say, screen_text, sees, sees_no, until

LINES = [f"Paragraph {number}." for number in range(24)]
LONG = "\n\n".join(LINES)


def copied(app: CarniceApp) -> str:
    """What is selected now."""
    transcript = app.chat.transcript
    return selected_source(transcript.selection, transcript.window) if transcript.selection else ""


async def row_of(pilot: Pilot[None], text: str) -> tuple[int, int]:
    """Where `text` begins on the screen."""
    await sees(pilot, text)
    lines = screen_text(pilot).split("\n")
    y = next(i for i, line in enumerate(lines) if text in line)
    return lines[y].index(text), y


async def test_a_drag_that_is_held_below_scrolls_on_by_itself(make_app: MakeApp) -> None:
    app = make_app(answer(LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "go")
        await sees(pilot, LINES[-1])
        await pilot.press("ctrl+home")
        start = await row_of(pilot, "Paragraph 3.")
        await pilot.mouse_down(app.chat.transcript, offset=start)
        await pilot.hover(app.chat.status, offset=(20, 0))
        await until(pilot, lambda: app.chat.transcript.window.follows)
        await until(pilot, lambda: LINES[-1] in copied(app))
        await pilot.mouse_up(app.chat.status, offset=(20, 0))

        assert copied(app).startswith("\n\n".join(LINES[3:-1]))


async def test_a_drag_that_is_held_at_the_top_scrolls_back(make_app: MakeApp) -> None:
    app = make_app(answer(LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "go")
        start = await row_of(pilot, LINES[-1])
        await pilot.mouse_down(app.chat.transcript, offset=start)
        await pilot.hover(app.chat.transcript, offset=(2, 0))
        await until(pilot, lambda: "Paragraph 0." in screen_text(pilot))
        await pilot.mouse_up(app.chat.transcript, offset=(2, 0))
        assert LINES[1] in copied(app)


async def test_selecting_along_the_first_row_scrolls_nothing(make_app: MakeApp) -> None:
    app = make_app(answer(LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "go")
        await sees(pilot, LINES[-1])
        top = app.chat.transcript.window.places[0]
        await pilot.mouse_down(app.chat.transcript, offset=(2, 0))
        await pilot.hover(app.chat.transcript, offset=(9, 0))
        await pilot.hover(app.chat.transcript, offset=(12, 0))
        await pilot.mouse_up(app.chat.transcript, offset=(12, 0))
        assert app.chat.transcript.window.places[0] == top
        assert app.chat.transcript.selection is not None


async def test_two_clicks_select_a_word_and_three_its_line(make_app: MakeApp) -> None:
    app = make_app(answer("See src/main.py:12, then *go* on.\n\nAnother."))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "go")
        x, y = await row_of(pilot, "main.py")
        await pilot.click(app.chat.transcript, offset=(x, y), times=2)
        assert copied(app) == "src/main.py:12"
        await pilot.click(app.chat.transcript, offset=(x, y), times=3)
        assert copied(app) == "See src/main.py:12, then *go* on."


async def test_a_click_on_its_first_line_folds_and_one_on_its_words_does_not(
    make_app: MakeApp,
) -> None:
    app = make_app(answer("Yes.", "let me see that"))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "go")
        await pilot.click(app.chat.transcript, offset=await row_of(pilot, "Thought"))
        words = await row_of(pilot, "let me see that")
        await pilot.click(app.chat.transcript, offset=words)
        await pilot.click(app.chat.transcript, offset=words, times=2)
        assert copied(app) == "let"
        (thought,) = [e for e in app.chat.thread.entries if isinstance(e, ThinkingEntry)]
        assert thought.view == "full"
        await pilot.click(app.chat.transcript, offset=await row_of(pilot, "Yes."))
        await pilot.click(app.chat.transcript, offset=await row_of(pilot, "Thought"))
        await sees_no(pilot, "let me see that")


async def test_keys_select_upwards_from_the_whole_line(make_app: MakeApp) -> None:
    app = make_app(answer("One.\n\nTwo.\n\nThree."))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "go")
        await sees(pilot, "Three.")
        await pilot.press("ctrl+b")
        app.chat.transcript.browse(None)
        await pilot.press("ctrl+home", "shift+down", "shift+down", "shift+down")
        assert copied(app) == "go\n\nOne."
        await pilot.press("escape", "ctrl+b", "shift+up", "shift+up", "shift+up")
        assert copied(app) == "go\n\nOne."


def test_half_a_wide_character_is_marked_whole() -> None:
    from rich.segment import Segment
    from textual.strip import Strip

    row = Strip([Segment("a漢字b", LOOK.text)])
    strips = marked(row, LOOK, (2, 4), browsed=False)
    assert [strip.text for strip in strips] == ["a", "漢字", "b"]
