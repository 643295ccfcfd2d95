"""The app on a scripted engine, for a real terminal to run."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from carnice_tui.core.events import AnswerDelta, TurnFinished, TurnStats
from carnice_tui.core.settings_file import load_settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.ui import app
from carnice_tui.ui.app import CarniceApp
from carnice_tui.ui.setup import AppSetup
from tests.ui.scripted_engine import Gate, ScriptedEngine, answer


class CrashingApp(CarniceApp):
    def on_composer_submitted(self) -> None:
        self._handle_exception(RuntimeError("boom"))


class BreakingApp(CarniceApp):
    def on_composer_submitted(self) -> None:
        raise RuntimeError("boom")


def streamed() -> Iterator[AnswerDelta | TurnFinished]:
    """A hundred lines; then the file in $SAID is there."""
    yield AnswerDelta("It begins.")
    for number in range(100):
        yield AnswerDelta(f"\n\nLine {number}.")
    yield TurnFinished("stop")
    Path(os.environ["SAID"]).touch()


def main() -> None:
    crash = "--crash" in sys.argv
    scripts = [answer("Hello from the script.", "let me think")]
    if "--long" in sys.argv:
        scripts = [[AnswerDelta("A long one."), TurnFinished("stop", TurnStats(total_time=99))]]
    if "--waits" in sys.argv:
        scripts = [[AnswerDelta("It has begun"), Gate()]]
    if "--streams" in sys.argv:
        scripts = [streamed()]
    rate = 60 if "--streams" in sys.argv else 0
    if crash:
        app.CarniceApp = CrashingApp
    if "--break" in sys.argv:
        app.CarniceApp = BreakingApp
    try:
        settings = load_settings().settings
        setup = AppSetup(
            ScriptedEngine(scripts, rate=rate), settings, lambda mode: TurnOptions(mode=mode)
        )
        sys.exit(app.run(setup))
    except RuntimeError as error:
        sys.exit(str(error))


main()
