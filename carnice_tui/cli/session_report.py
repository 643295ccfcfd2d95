"""What the commands for sessions print: what they did, what was refused, and why."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from carnice_tui.cli.boundary import naming_output, say
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.openai import safe_json
from carnice_tui.sessions.read import Session


class Changed(msgspec.Struct, frozen=True):
    """What a command did: printed as JSON where that is asked for."""

    id: str
    path: str
    done: str


def each(
    files: Iterable[Path], do: Callable[[Path], list[Changed]]
) -> tuple[list[Changed], list[SessionError]]:
    """Do it with every file: one that refuses keeps none of the others from it."""
    done: list[Changed] = []
    refused: list[SessionError] = []
    for file in files:
        try:
            done += do(file)
        except SessionError as error:
            refused.append(error)
    return done, refused


def tell_problems(session: Session) -> None:
    """Say what of a session could not be read."""
    if problems := session.problems.summary():
        say(problems)


def report(done: list[Changed], *, as_json: bool, refused: Sequence[SessionError] = ()) -> int:
    """Tell what was done and what was not; gives the exit status."""
    if as_json:
        print_lines([json_text(done)])
    else:
        print_lines(sanitize_line(f"{one.id} {one.done}") for one in done)
        if not done and not refused:
            print_lines(["Nothing to do."])
    for error in refused:
        say(str(error))
    return max((error.exit_code for error in refused), default=0)


def json_text(value: object) -> str:
    """`value` as JSON that is safe for a terminal."""
    return safe_json(msgspec.to_builtins(value, enc_hook=str), indent=2)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines that are safe for a terminal."""
    print_text(f"{line}\n" for line in lines)


def print_text(stretches: Iterable[str]) -> None:
    """Print text that is safe for a terminal."""
    with naming_output():
        for stretch in stretches:
            sys.stdout.write(stretch)
