"""`carnice-chat replay`: a recorded conversation again, as it happened."""

import asyncio
import io
import sys
from pathlib import Path

import click

from carnice_tui.cli.boundary import say
from carnice_tui.cli.options import REMOTE_FLAGS, setting_flags, settings_of
from carnice_tui.cli.plain import PlainPrinter
from carnice_tui.cli.standard_input import PIPED
from carnice_tui.cli.terminal import reopen_terminal, require_terminal
from carnice_tui.core import paths
from carnice_tui.core.errors import UsageError
from carnice_tui.core.settings_file import load_settings
from carnice_tui.engine.replay import MAX_SPEED, MIN_SPEED, Replay
from carnice_tui.sessions.listing import find_session, shipped_sessions
from carnice_tui.sessions.read import Problems, Session, read_records, read_session

PIPE = "-"


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
@click.option("--turn", type=click.IntRange(1), metavar="N", help="Begin at this turn.")
@click.option("--instant", is_flag=True, help="Show the end at once.")
@click.option(
    "--verify",
    "asks_again",
    is_flag=True,
    help="Ask the model the recorded questions again; show where its answers part.",
)
@setting_flags(((["-m", "--model"], "model"),), REMOTE_FLAGS)
@click.pass_context
def replay(
    ctx: click.Context,
    *,
    session: str | None,
    speed: float,
    max_pause: float | None,
    turn: int | None,
    instant: bool,
    asks_again: bool,
    **_: object,
) -> int:
    """Play SESSION again, in its own rhythm: a file, an id or the beginning of one, or - for a
    pipe.

    On a terminal it plays in the app, elsewhere as plain text.
    """
    recorded = _read(session)
    if problems := recorded.problems.summary():
        say(problems)
    if asks_again:
        from carnice_tui.cli.verify import verify_session

        return asyncio.run(verify_session(recorded, settings_of(ctx).settings))
    on_screen = sys.stdout.isatty()
    play = Replay(recorded.records, speed=speed, max_pause=max_pause, waits_at_end=on_screen)
    if instant:
        play.finish()
    elif turn is not None:
        play.seek_turn(turn)
    if not on_screen:
        return asyncio.run(_print(play))
    if session == PIPE:
        reopen_terminal()
    require_terminal()
    from carnice_tui.ui.replay import run_replay

    run_replay(play, load_settings().settings, recorded.tree().title or recorded.header.title)
    return 0


def _read(wanted: str | None) -> Session:
    if wanted == PIPE:
        problems = Problems()
        piped = sys.stdin.buffer.read()
        if not piped:
            raise UsageError("Standard input is empty: pipe a session in, as with cat FILE.")
        header, records = read_records(io.BytesIO(piped), Path(PIPED), problems)
        session = Session(Path(PIPE), header, list(records), problems)
        if not header.created and not session.records:
            raise UsageError("Standard input is no session: no line of it can be read as one.")
        return session
    if wanted:
        return read_session(find_session(wanted, paths.sessions_dir()))
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
