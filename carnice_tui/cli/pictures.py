"""`python -m carnice_tui.cli.pictures`: the pictures of the README, from real runs.

The app runs without a terminal, on the bundled demo model and in folders of its own; keys are
typed, and what is then on the screen is written to `docs/pictures/`.
"""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from carnice_tui.cli.engines import local_engine
from carnice_tui.cli.start import Start, new_log
from carnice_tui.core.messages import Mode
from carnice_tui.core.paths import shipped
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.pictures import COLUMNS, LINES, shown, svg_of
from carnice_tui.ui.session import ChatSession
from carnice_tui.ui.setup import AppSetup

THEMES = {"dark": "carnice", "light": "paper"}


@dataclass(frozen=True)
class Picture:
    """What is typed, each line answered before the next; then the keys of `last`."""

    name: str
    mode: Mode
    typed: tuple[str, ...]
    last: tuple[str, ...] = ()


PICTURES = (
    Picture(
        "chat",
        "chat",
        ("What is the capital of Norway?", "Write a function to reverse a string in Python."),
        ("ctrl+t", "ctrl+t"),
    ),
    Picture("bugs", "bugs", ("@basket.py @users.ts",)),
)


async def draw(picture: Picture, theme: str) -> str:
    """Run the app and give its screen."""
    settings = msgspec.convert({"ui": {"theme": theme}, "generation": {"seed": 7}}, Settings)

    def options(mode: Mode) -> TurnOptions:
        return Start(settings, mode).options()

    setup = AppSetup(
        local_engine(settings),
        settings,
        options,
        picture.mode,
        new_log=lambda tell: new_log(settings, tell),
    )
    app = CarniceApp(setup)
    session = app.chat.session
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        await shown(lambda: session.state == "ready")
        for number, line in enumerate(picture.typed, 1):
            app.chat.composer.load(line)
            app.chat.composer.action_submit()
            await shown(partial(_is_answered, session, number))
        app.chat.composer.cursor_blink = False
        await pilot.press(*picture.last)
        await asyncio.sleep(2)  # what comes from a thread or a child process is there by then
        await pilot.pause()
        svg = svg_of(app)
        await session.close()
        return svg


def _is_answered(session: ChatSession, turns: int) -> bool:
    answers = [node for node in session.conversation.tree.turns() if node.finished]
    return len(answers) >= turns and session.state == "ready" and not session.queue


def main() -> None:
    """Draw all of them in both themes."""
    target = shipped("sessions").parent / "docs" / "pictures"
    target.mkdir(exist_ok=True)
    os.chdir(shipped("sessions") / "bug-hunt")
    for picture in PICTURES:
        for ground, theme in THEMES.items():
            with tempfile.TemporaryDirectory() as folder:
                for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
                    os.environ[f"CARNICE_{kind}_DIR"] = str(Path(folder) / kind.lower())
                file = target / f"{picture.name}-{ground}.svg"
                file.write_text(asyncio.run(draw(picture, theme)), encoding="utf-8")
            print(file)


if __name__ == "__main__":
    main()
