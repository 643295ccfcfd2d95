"""The app with its first frame painted early, for a real terminal to run."""

import select
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from carnice_tui.core.settings import Settings
from carnice_tui.ui.early_paint import painted_early
from carnice_tui.ui.first_frame import FirstFrame


def main() -> None:
    settings = Settings(model="scripted")
    with painted_early(FirstFrame(settings)) as early:
        if "--held" in sys.argv:
            # Until something was typed; it stays unread. By turns: a signal that comes just before
            # the call would wait for the end of it.
            while not select.select([0], [], [], 0.1)[0]:
                pass
        if "--fails" in sys.argv:
            raise ValueError("no such engine")
        from carnice_tui.engine.options import turn_options
        from carnice_tui.ui.app import run
        from carnice_tui.ui.setup import AppSetup
        from tests.ui.scripted_engine import ScriptedEngine, answer

        engine = ScriptedEngine([answer("Hello from the script.")])
        run(AppSetup(engine, settings, lambda mode: turn_options(settings, mode), early=early))


try:
    main()
except (KeyboardInterrupt, ValueError) as error:
    sys.exit(f"It ended early: {error}")
