"""`carnice-chat replay --verify`: does the model still say what was recorded?"""

import sys
from collections.abc import Iterator

from carnice_tui.cli.engines import engine_of
from carnice_tui.cli.progress import load_model
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.core.settings import Settings
from carnice_tui.engine.options import turn_options
from carnice_tui.engine.verify import Verdict, verify
from carnice_tui.sessions.read import Session

AROUND = 60
"""Characters shown from where two answers part."""


async def verify_session(session: Session, settings: Settings) -> int:
    """Ask again and tell; gives the exit status: 0 all the same, 1 some parted.

    Raises:
        EngineError: the model cannot be loaded, or failed.
    """
    engine = engine_of(settings)
    parted = asked = 0
    try:
        await load_model(engine, settings.model)
        async for verdict in verify(session.tree(), engine, turn_options(settings)):
            asked += verdict.outcome != "skipped"
            parted += verdict.outcome == "parted"
            for line in _lines(verdict):
                sys.stdout.write(line + "\n")
            sys.stdout.flush()
    finally:
        await engine.close()
    sys.stdout.write(f"{asked} turns asked again, {parted} parted.\n")
    return 1 if parted else 0


def _lines(verdict: Verdict) -> Iterator[str]:
    match verdict.outcome:
        case "same":
            yield f"turn {verdict.turn}: the same"
        case "skipped":
            yield f"turn {verdict.turn}: not asked, {verdict.why}"
        case "parted":
            yield f"turn {verdict.turn}: the same for {verdict.at} characters, then"
            yield f"  recorded  {_from(verdict.recorded, verdict.at)}"
            yield f"  now       {_from(verdict.now, verdict.at)}"


def _from(text: str, at: int) -> str:
    return sanitize_line(text[at : at + AROUND]) or "(it ends here)"
