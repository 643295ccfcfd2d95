"""The app with hostile text wherever text comes from."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec
import tomlkit

from carnice_tui.core import paths
from carnice_tui.core.events import (
    AnswerDelta,
    ApprovalAsked,
    ApprovalGiven,
    BugFound,
    EngineFailed,
    Notice,
    PatchSuggested,
    ReasoningDelta,
    Record,
    ReviewProgress,
    TitleChanged,
    ToolCall,
    ToolCallBroken,
    ToolResult,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.core.finding import Finding
from carnice_tui.core.settings import Screen, Settings
from carnice_tui.engine.asking import TurnOptions
from carnice_tui.models.catalog import user_catalogue
from carnice_tui.sessions.log import SessionLog
from carnice_tui.ui.app import run
from carnice_tui.ui.history import History
from carnice_tui.ui.setup import AppSetup
from tests.ui.scripted_engine import MODEL, ScriptedEngine

EVIL = (
    "EVIL \x1b]52;c;UFdORUQ=\x07 \x1b]0;PWN\x07 \x1b]8;;http://evil.invalid/\x1b\\L\x1b]8;;\x1b\\ "
    "CLA\x1b[2J\x1b[H \x9b2J \x9d0;PWN\x9c BEA\x07 BSA\x08 CRA\rCRB DLA\x7f \u202e \u200b \u2028"
)
FENCES = f"{EVIL}\n\n`{EVIL}`\n\n```python\n{EVIL}\n```\n\n```{EVIL}\nx\n```\n\n"
TABLE = f"| {EVIL} |\n|---|\n| {EVIL} |\n\n[{EVIL}](http://x/{EVIL}) &#27;]0;PWN&#7; <b {EVIL}>\n\n"

FOUND = Finding(
    EVIL, 1, 2, EVIL, f"FOUND {EVIL}", "quoted", 0.5, code=EVIL, symbol=EVIL, language=EVIL
)


def _save_another() -> None:
    """A session that is not the one open: it can be renamed, exported, opened and played."""
    log = SessionLog.new(paths.sessions_dir(), cwd=EVIL)
    log(Record(0, UserMessage(f"OTHER {EVIL}"), "m1", ""))
    log(Record(0, TitleChanged(f"TITLE {EVIL}")))
    log(Record(0, TurnStarted(EVIL), "m2", "m1"))
    log(Record(0, ReasoningDelta(EVIL), "m2"))
    log(Record(0, AnswerDelta(f"{FENCES}{TABLE}"), "m2"))
    log(Record(0, ToolResult("1", EVIL), "m2"))
    log(Record(0, EngineFailed(EVIL, EVIL), "m2"))
    log(Record(0, AnswerDelta("END OF THE OTHER"), "m2"))
    log(Record(0, TurnFinished("stop", TurnStats(decode_tps=1.0, total_time=99.0)), "m2"))
    log.close()


def main() -> None:
    folder = Path(sys.argv[1])
    name = EVIL.replace("/", "_")
    (folder / f"EV{name}.txt"[:200]).write_text("x")
    os.chdir(folder)
    themes = paths.user_themes()
    themes.mkdir(parents=True)
    (themes / f"{name[:60]} theme.toml").write_text(f'name = "{EVIL!r}"\n')
    own = {"variants": [{"name": EVIL, "title": EVIL, "folder": EVIL, "summary": EVIL}]}
    user_catalogue().write_text(tomlkit.dumps(own))
    _save_another()
    log = SessionLog.new(paths.sessions_dir())
    History().add(EVIL)
    answer = [AnswerDelta(char) for char in FENCES + TABLE]
    script = [
        ReasoningDelta(f"{EVIL} END OF THOUGHT"),
        *answer,
        ToolCall("1", EVIL, {EVIL: EVIL}),
        ToolCallBroken(EVIL, EVIL),
        ToolResult("1", EVIL),
        ApprovalAsked("0", EVIL),
        ApprovalGiven("0", "no", EVIL),
        ApprovalAsked("1", EVIL),
        ReviewProgress(1, 2, EVIL),
        BugFound(FOUND),
        PatchSuggested(f"--- a/{EVIL}\n+++ b/{EVIL}\n@@ -1 +1 @@ {EVIL}\n-{EVIL}\n+{EVIL}\n", EVIL),
        Notice("warning", EVIL),
        AnswerDelta("END OF ANSWER"),
        TurnFinished("stop", TurnStats(decode_tps=1.0)),
    ]
    model = msgspec.structs.replace(MODEL, name=EVIL, path=EVIL, quantization=EVIL)
    engine = ScriptedEngine([script], load=[model])
    ui = Screen(screen_reader="--plain" in sys.argv, notifications="always")
    run(
        AppSetup(
            engine,
            Settings(system=EVIL, ui=ui),
            lambda mode: TurnOptions(system=EVIL, mode=mode),
            new_log=lambda tell: log,
        )
    )


main()
