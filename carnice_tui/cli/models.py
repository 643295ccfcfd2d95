"""`carnice-chat models`: bring models onto this machine and say where they lie."""

import asyncio
import sys
from pathlib import Path

import click

from carnice_tui.cli.progress import LoadReport, load_line
from carnice_tui.models.resolve import resolve


@click.group()
def models() -> None:
    """Fetch and find models."""


@models.command()
@click.argument("repository")
def pull(repository: str) -> int:
    """Fetch REPOSITORY from the Hugging Face hub; what was fetched before is not fetched again."""
    print(asyncio.run(_pull(repository)))
    return 0


async def _pull(repository: str) -> Path:
    report = LoadReport()
    told = -1
    folder = None
    try:
        async for step in resolve(repository, refresh=True):
            if isinstance(step, Path):
                folder = step
                continue
            report.show(step)
            tenth = step.done * 10 // step.total if step.total else -1
            if tenth > told and not sys.stderr.isatty():
                told = tenth
                print(load_line(step), file=sys.stderr, flush=True)
    finally:
        report.clear()
    assert folder is not None  # the last step, or an error
    return folder
