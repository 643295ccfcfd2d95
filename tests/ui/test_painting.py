"""What is painted is what is meant to be: nothing of before stays on the screen."""

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from tests.ui.conftest import MakeApp
from tests.ui.scripted_engine import answer
from tests.ui.watching import say, screen_text, sees, still


async def test_a_line_is_never_taken_for_an_earlier_one_that_lay_in_the_same_memory(
    make_app: MakeApp,
) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        transcript = app.chat.transcript
        top = Region(0, 0, transcript.size.width, 1)

        def painted(text: str) -> str:
            transcript._rows[0] = Strip([Segment(text)])
            (line,) = transcript.render_lines(top)
            return line.text[: len(text)]

        for number in range(50):
            assert painted(f"painted {number}") == f"painted {number}"
            transcript._rows[0] = Strip.blank(10)  # another in between that is never painted


async def test_the_scrollbar_runs_through_all_lines_once_there_is_one(make_app: MakeApp) -> None:
    paragraphs = "\n\n".join(f"Paragraph {number}." for number in range(40))
    app = make_app(answer("A first one."), answer(paragraphs))
    async with app.run_test(size=(80, 24)) as pilot:
        await say(pilot, "short")
        await sees(pilot, "A first one.")
        await say(pilot, "long")
        await sees(pilot, "Paragraph 39.")
        await still(pilot)

        transcript = app.chat.transcript
        lines = screen_text(pilot).split("\n")[: transcript.size.height]
        assert {line[-1:] for line in lines} == {transcript.window.look.glyphs.scrollbar}
