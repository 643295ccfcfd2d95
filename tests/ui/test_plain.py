"""What is shown is text: brackets in it style nothing and link nowhere."""

import json
import subprocess
import sys

import pytest
from textual.app import App, ComposeResult
from textual.widgets._toast import Toast

from carnice_tui.ui.widgets.plain import PlainLabel, PlainStatic
from tests.ui.conftest import MakeApp
from tests.ui.watching import until

MARKUP = "[red]a[/red] [@click=app.quit]b[/] [nonsense"


async def test_a_toast_shows_what_it_was_given(make_app: MakeApp):
    app = make_app()
    async with app.run_test(notifications=True) as pilot:
        app.notify(MARKUP)
        app.screen.notify(MARKUP, markup=True)  # what Textual hands on if nothing was said
        await until(pilot, lambda: len(app.screen.query(Toast)) == 2)
        shown = [toast.render().plain for toast in app.screen.query(Toast)]
    assert shown == [MARKUP, MARKUP]


@pytest.mark.parametrize("kind", [PlainLabel, PlainStatic])
async def test_a_plain_widget_shows_what_it_was_given_and_what_came_later(
    kind: type[PlainLabel | PlainStatic],
):
    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield kind(MARKUP)

    app = Shown()
    async with app.run_test():
        widget = app.query_one(kind)
        shown = [str(widget.visual)]
        widget.update(f"later {MARKUP}")
        shown.append(str(widget.visual))
    assert shown == [MARKUP, f"later {MARKUP}"]


@pytest.mark.parametrize(
    "code",
    [
        "from textual.widgets import Label",
        "from textual.widgets import Static",
        "from textual.widgets import OptionList",
        "import textual.widgets\n\ntextual.widgets.Label()",
        "from textual.content import Content\n\nContent.from_markup('')",
        "from rich.text import Text\n\nText.from_markup('')",
    ],
)
def test_what_reads_markup_is_refused_by_the_linter(code: str):
    command = [sys.executable, "-m", "ruff", "check", "--output-format=json", "--no-cache"]
    told = subprocess.run(
        [*command, "--stdin-filename=carnice_tui/ui/screens/new.py", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in {found["code"] for found in json.loads(told.stdout)}
