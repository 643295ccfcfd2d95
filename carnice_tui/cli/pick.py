"""`--resume`: choosing a session from a numbered list, before anything else is on the screen."""

from datetime import datetime
from pathlib import Path

import click

from carnice_tui.cli import session_text
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.search import all_sessions

SHOWN = 20
"""Sessions: a screen of them."""


def pick_session(folder: Path) -> str:
    """Ask on the terminal; gives the id of the chosen session.

    Raises:
        SessionError: there is none yet.
    """
    found = all_sessions(folder)[:SHOWN]
    if not found:
        raise SessionError("There is no session to resume yet: start one with carnice-chat.")
    lines = session_text.table(found, datetime.now().astimezone())
    for number, line in enumerate(lines, 1):
        click.echo(f"{number:>2}  {line}", err=True)
    chosen = click.prompt("Which one", type=click.IntRange(1, len(found)), default=1, err=True)
    return found[int(chosen) - 1].id
