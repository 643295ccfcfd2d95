"""`carnice-chat bench bugs`: how well a model finds bugs, on buggy programs and their twins."""

import asyncio
import sys
import time
from pathlib import Path

import click

from carnice_tui.bench.bugs.cases import Pair, own_pairs, read_pairs
from carnice_tui.bench.bugs.score import Answer
from carnice_tui.bench.bugs.suite import Score, markdown, run_suite, score, table
from carnice_tui.cli.engines import engine_of
from carnice_tui.cli.options import REMOTE_FLAGS, setting_flags, settings_of
from carnice_tui.cli.output import write_out
from carnice_tui.cli.progress import load_model
from carnice_tui.core.json_line import json_line
from carnice_tui.core.messages import Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.core.settings_file import LoadedSettings
from carnice_tui.review.dialogue import ContextFull
from carnice_tui.review.errors import ContractBroken
from carnice_tui.review.finder import BugFinder, FinderOptions
from carnice_tui.review.passage import code_passages

FLAGS = (
    (["-m", "--model"], "model"),
    (["--thinking"], "bugs.thinking"),
    (["--context-window"], "context_window"),
)


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="A QuixBugs checkout, HumanEvalPack's JSON lines, or a folder of pairs. Default: ours.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N pairs.")
@click.option("--format", "form", type=click.Choice(("text", "markdown", "json")), default="text")
@setting_flags(FLAGS, REMOTE_FLAGS)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def bugs(
    ctx: click.Context, *, data: Path | None, limit: int | None, form: str, **_: object
) -> int:
    """Score bug finding on buggy programs and their corrected twins."""
    pairs = (read_pairs(data) if data else own_pairs())[:limit]
    result = asyncio.run(_run(settings_of(ctx), pairs, str(data) if data else "our own"))
    match form:
        case "json":
            write_out(json_line(result))
        case "markdown":
            write_out(markdown(result).encode())
        case _:
            write_out(table(result).encode())
    return 0


async def _run(loaded: LoadedSettings, pairs: list[Pair], data: str) -> Score:
    settings = loaded.settings
    engine = engine_of(settings)
    try:
        await load_model(engine, settings.model)
        thinking = settings.bugs.thinking
        request = TurnRequest(
            thinking=thinking,
            thinking_budget=settings.thinking.budget(thinking),
            sampling=Sampling(temperature=0),
        )
        options = FinderOptions(allow_ok=True, request=request)
        outcomes = await run_suite(_Asker(BugFinder(engine, options)).ask, pairs, _show)
        name = engine.model.name if engine.model else settings.model
    finally:
        await engine.close()
    return score(name, data, outcomes)


class _Asker:
    """Asks the bug finder as `carnice-chat review` does, and times it."""

    def __init__(self, finder: BugFinder) -> None:
        self._finder = finder

    async def ask(self, code: str, language: str) -> Answer:
        """See `bench.bugs.suite.Ask`."""
        (passage,) = code_passages("program", language, code, len(code))
        began = time.perf_counter()
        try:
            found = [one async for one in self._finder.find(passage)]
        except (ContractBroken, ContextFull):
            return Answer(valid=False, found=False, lines=None, seconds=time.perf_counter() - began)
        seconds = time.perf_counter() - began
        if not found:
            return Answer(valid=True, found=False, lines=None, seconds=seconds)
        finding = found[0].finding
        lines = (finding.first_line, finding.last_line) if finding.is_located else None
        return Answer(valid=True, found=True, lines=lines, seconds=seconds)


def _show(done: int, of: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {of} pairs ")
        sys.stderr.flush()
