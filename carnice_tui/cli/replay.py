"""`carnice-chat replay`: a recorded conversation again, as it happened."""

import asyncio
import sys
from pathlib import Path

import click

from carnice_tui.cli.plain import PlainPrinter
from carnice_tui.core import paths
from carnice_tui.core.errors import UsageError
from carnice_tui.engine.replay import MAX_SPEED, MIN_SPEED, Replay
from carnice_tui.sessions.listing import find_session, shipped_sessions
from carnice_tui.sessions.read import read_session


@click.command()
@click.argument("session", required=False)
@click.option(
    "--speed",
    type=click.FloatRange(MIN_SPEED, MAX_SPEED),
    default=1.0,
    metavar="X",
    help="How many times faster than it happened.",
)
@click.option(
    "--max-pause",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="Shorten every pause to this.",
)
@click.option("--instant", is_flag=True, help="Show the end at once.")
def replay(*, session: str | None, speed: float, max_pause: float | None, instant: bool) -> int:
    """Play SESSION (a file, an id, or the beginning of one) again, in its own rhythm.

    On a terminal it plays in the app, elsewhere as plain text.
    """
    recorded = read_session(_path(session))
    play = Replay(recorded.records, speed=speed, max_pause=max_pause)
    if instant:
        play.finish()
    if not sys.stdout.isatty():
        return asyncio.run(_print(play))
    raise UsageError(
        "The app cannot show a replay yet: pipe it, as in carnice-chat replay ID | less"
    )


def _path(wanted: str | None) -> Path:
    if wanted:
        return find_session(wanted, paths.sessions_dir())
    examples = ", ".join(info.id for info in shipped_sessions())
    raise UsageError(
        "Name a session to replay: a file, or an id of carnice-chat sessions list."
        + (f" These come with the app: {examples}." if examples else "")
    )


async def _print(play: Replay) -> int:
    printer = PlainPrinter()
    async for record in play.play():
        printer(record)
    printer.close()
    return 0
