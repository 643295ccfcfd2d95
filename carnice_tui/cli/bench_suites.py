"""The suites of `carnice-chat bench` and how their results are written."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from carnice_tui.bench import agent7 as agent7_suite
from carnice_tui.bench import compare as comparison
from carnice_tui.bench import decode as decode_suite
from carnice_tui.bench import perplexity as perplexity_suite
from carnice_tui.bench import prefill as prefill_suite
from carnice_tui.bench import tables
from carnice_tui.bench.results import Result, read, save
from carnice_tui.bench.run import Bench
from carnice_tui.cli.engines import engine_of
from carnice_tui.cli.options import REMOTE_FLAGS, setting_flags, settings_of
from carnice_tui.cli.progress import LoadReport
from carnice_tui.core.settings import Settings
from carnice_tui.core.settings_file import LoadedSettings, load_settings
from carnice_tui.engine.local import LocalEngine
from carnice_tui.models.machine import this_machine
from carnice_tui.models.resolve import resolve

Command = TypeVar("Command", bound=Callable[..., object])

Decorator = Callable[[Any], Any]

FORMATS = ("chart", "markdown", "json")


def _options(*, engines: bool) -> Callable[[Command], Command]:
    """The options that all suites have; those about what is measured beside with `engines`."""
    common: list[Decorator] = [
        click.option(
            "-m",
            "--model",
            "models",
            multiple=True,
            metavar="MODEL",
            help="What to measure; may be given several times. By default the model you chat with.",
        ),
        click.option(
            "--format",
            "form",
            type=click.Choice(FORMATS),
            default="chart",
            show_default=True,
            help="How the result is printed.",
        ),
        click.option(
            "--save",
            "target",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Keep the result as JSON, for bench compare.",
        ),
    ]
    beside: list[Decorator] = [
        click.option("--plain/--no-plain", default=True, help="Measure plain mlx-lm as well."),
        click.option(
            "--baseline-url",
            default="",
            metavar="URL",
            help="Measure an OpenAI-compatible server as well (llama-server, mlx_lm.server).",
        ),
        click.option(
            "--bandwidth",
            type=click.FloatRange(min=0, min_open=True),
            metavar="GB/S",
            help="Memory bandwidth, where that of this chip is not known.",
        ),
    ]

    remote: Decorator = setting_flags(REMOTE_FLAGS)

    def decorate(command: Command) -> Command:
        for option in reversed([*common, *beside, remote] if engines else common):
            command = option(command)
        return command

    return decorate


def _max_tokens(default: int) -> Callable[[Command], Command]:
    return click.option(
        "--max-tokens",
        type=click.IntRange(2, 100_000),
        default=default,
        show_default=True,
        metavar="N",
        help="Tokens of an answer at most.",
    )


@click.command()
@_options(engines=True)
@_max_tokens(agent7_suite.MAX_TOKENS)
@click.option("--baseline", default="", metavar="ROW", help="The row that speed-ups refer to.")
@click.pass_context
def agent7(ctx: click.Context, *, max_tokens: int, baseline: str, **asked: Any) -> int:
    """Answer seven agent prompts with thinking off: wall-clock, tok/s, tokens, speed-up."""
    return _run(asked, settings_of(ctx), lambda bench: bench.agent7(max_tokens, baseline))


@click.command()
@_options(engines=True)
@_max_tokens(decode_suite.MAX_TOKENS)
@click.pass_context
def decode(ctx: click.Context, *, max_tokens: int, **asked: Any) -> int:
    """Chat four turns about capitals: best, mean and p10 decoding speed of turns 2-4."""
    return _run(asked, settings_of(ctx), lambda bench: bench.decode(max_tokens))


@click.command()
@_options(engines=True)
@click.option(
    "--lengths",
    default=",".join(map(str, prefill_suite.LENGTHS)),
    show_default=True,
    metavar="N,N,...",
    help="Prompt lengths in tokens, about.",
)
@click.pass_context
def prefill(ctx: click.Context, *, lengths: str, **asked: Any) -> int:
    """Time to the first token: cold, read ahead, and for the next question."""
    numbers = _numbers(lengths, "--lengths")
    return _run(asked, settings_of(ctx), lambda bench: bench.prefill(numbers))


@click.command()
@_options(engines=False)
@click.option(
    "--text",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The text to predict; by default the hub's wikitext-2.",
)
@click.option(
    "--lengths",
    default=",".join(map(str, perplexity_suite.SEQUENCES)),
    show_default=True,
    metavar="N,N,...",
    help="Sequence lengths in tokens.",
)
@click.option(
    "--samples",
    type=click.IntRange(1, 100_000),
    default=perplexity_suite.SAMPLES,
    show_default=True,
    metavar="N",
    help="Rows at most.",
)
def perplexity(*, text: Path | None, lengths: str, samples: int, **asked: Any) -> int:
    """Perplexity, mean ± standard error, beside mlx_lm.perplexity's on the same rows."""
    numbers = _numbers(lengths, "--lengths")
    path = str(text.absolute()) if text else ""
    return _run(asked, load_settings({}), lambda bench: bench.perplexity(numbers, samples, path))


@click.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(*, before: Path, after: Path, as_json: bool) -> int:
    """Compare two saved results: ratios with 95 % confidence intervals."""
    found = comparison.compare(read(before), read(after))
    print(_json(found) if as_json else tables.differences(found))
    return 0


def _numbers(text: str, option: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 2:
        raise click.BadParameter("give numbers over 1 with commas between", param_hint=option)
    return numbers


def _run(asked: dict[str, Any], loaded: LoadedSettings, suite: Callable[[Bench], Any]) -> int:
    result: Result = asyncio.run(_measured(asked, loaded.settings, suite))
    if asked["target"] is not None:
        save(result, asked["target"])
    match asked["form"]:
        case "json":
            print(_json(result))
        case "markdown":
            print(tables.markdown(result))
        case _:
            print(tables.chart(result))
    return 0


async def _measured(
    asked: dict[str, Any], settings: Settings, suite: Callable[[Bench], Any]
) -> Result:
    report = LoadReport()
    names: tuple[str, ...] = asked["models"] or (settings.model,)
    # Perplexity is taken from weights that lie here, whoever one chats with.
    url = settings.remote.base_url if "base_url" in asked else ""
    try:
        folders = [(name, None if url else await _folder(name, report)) for name in names]
        bench = Bench(
            machine=await this_machine(),
            models=folders,
            new_engine=lambda: engine_of(settings) if url else LocalEngine(resolve),
            plain=asked.get("plain", True),
            base_url=url,
            baseline_url=asked.get("baseline_url", ""),
            bandwidth=asked.get("bandwidth"),
            tell=report.say if sys.stderr.isatty() else _line,
        )
        return await suite(bench)
    finally:
        report.clear()


async def _folder(name: str, report: LoadReport) -> Path:
    folder: Path | None = None
    async for step in resolve(name):
        if isinstance(step, Path):
            folder = step
        else:
            report.show(step)
    assert folder is not None  # the last step, or an error
    return folder


def _line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
