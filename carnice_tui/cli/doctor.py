"""`carnice-chat doctor`: does everything work on this machine, and if not, what to do."""

import asyncio
from collections.abc import Iterator

import click
import msgspec

from carnice_tui.cli import health
from carnice_tui.cli.health import Finding
from carnice_tui.core.json_line import json_line
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.models.resolve import DEMO

_MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "problem": ("PROBLEM", "red")}


class Report(msgspec.Struct):
    """`--json`: `works` says whether the main job can run."""

    works: bool
    findings: list[Finding]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--generate/--no-generate",
    default=True,
    help="Start the engine and let a model say a few words.",
)
@click.option("-m", "--model", default=DEMO, help="The model that speaks; demo by default.")
def doctor(*, as_json: bool, generate: bool, model: str) -> int:
    """Check that everything works on this machine; exit status 1 if the main job does not."""
    found: list[Finding] = []
    for finding in _findings(model if generate else None):
        found.append(finding)
        if not as_json:
            _print(finding)
    works = all(finding.verdict != "problem" for finding in found)
    if as_json:
        click.echo(msgspec.json.format(json_line(Report(works, found))).decode())
    else:
        click.echo("Everything works." if works else "The main job does not work yet, see above.")
    return 0 if works else 1


def _findings(model: str | None) -> Iterator[Finding]:
    yield from health.machine()
    yield health.terminal()
    yield health.settings()[0]
    yield from health.folders()
    yield health.model_cache()
    if (found := health.blas()) is not None:
        yield found
    if model is not None:
        yield from asyncio.run(health.answer(model))


def _print(finding: Finding) -> None:
    mark, colour = _MARKS[finding.verdict]
    click.echo(
        f"{click.style(f'{mark:8}', fg=colour)}{finding.topic:16} {sanitize_line(finding.text)}"
    )
