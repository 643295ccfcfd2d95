"""The app on a scripted engine, for measuring from outside.

python -m tests.perf.scripted_app --kind prose --tokens 20000 --rate 0
"""

import argparse

from carnice_tui.core.events import (
    AnswerDelta,
    PrefillProgress,
    ReasoningDelta,
    TurnFinished,
    TurnStats,
)
from carnice_tui.core.settings import Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.ui.app import run
from carnice_tui.ui.setup import AppSetup
from tests.perf.texts import tokens_of
from tests.ui.scripted_engine import ScriptedEngine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", default="prose")
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--thinking", type=int, default=0)
    parser.add_argument("--rate", type=float, default=50.0, help="tokens a second; 0: no limit")
    options = parser.parse_args()
    thoughts = tokens_of("prose", options.thinking)[:-3] if options.thinking else []
    script = [
        PrefillProgress(100, 100, 50),
        *(ReasoningDelta(token) for token in thoughts),
        *(AnswerDelta(token) for token in tokens_of(options.kind, options.tokens)),
        TurnFinished("stop", TurnStats(prompt_tokens=100, decode_tps=options.rate)),
    ]
    engine = ScriptedEngine([script] * 5, rate=options.rate)
    run(AppSetup(engine, Settings(), lambda mode: TurnOptions(mode=mode)))


if __name__ == "__main__":
    main()
