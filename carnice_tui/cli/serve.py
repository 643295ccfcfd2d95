"""`carnice-chat serve`: the model for other programs, as OpenAI's API."""

import asyncio
import os
import sys

import click

from carnice_tui.cli.boundary import say
from carnice_tui.cli.engines import local_engine
from carnice_tui.cli.options import MODEL_FLAGS, setting_flags, settings_of
from carnice_tui.cli.progress import load_model
from carnice_tui.cli.serve_parts import (
    address_of,
    listening_flags,
    log_to_file,
    say_key,
)
from carnice_tui.core import paths
from carnice_tui.core.events import ModelLoaded
from carnice_tui.core.settings import Settings
from carnice_tui.engine.base import Engine, EngineError
from carnice_tui.serve import units
from carnice_tui.serve.config import Limits, ServeConfig
from carnice_tui.serve.key import VARIABLE, key_place, serve_key
from carnice_tui.serve.run import bind, make_server

PORT = 8377


@click.command()
@listening_flags(PORT)
@click.option(
    "--queue",
    type=click.IntRange(0, 10_000),
    default=Limits.queue,
    show_default=True,
    help="Requests that may wait while one is answered.",
)
@click.option(
    "--max-answer-tokens",
    type=click.IntRange(0),
    default=Limits.answer_tokens,
    metavar="N",
    help="No request gets a longer answer; 0 is what the window holds.",
)
@click.option(
    "--print-unit",
    "unit",
    type=click.Choice(("launchd", "systemd")),
    help="Print a service file that starts the server with these flags, and exit.",
)
@setting_flags(MODEL_FLAGS)
@click.pass_context
def serve(
    ctx: click.Context,
    *,
    host: str,
    port: int,
    no_key: bool,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    queue: int,
    max_answer_tokens: int,
    unit: str | None,
    **_: object,
) -> int:
    """Serve the model to other programs on this machine, as OpenAI's API.

    Without a key of your own in CARNICE_API_KEY, a random one is made once and kept.
    """
    if unit is not None:
        click.echo(_unit(unit), nl=False)
        return 0
    config = ServeConfig(
        host=host,
        port=port,
        key="" if no_key else serve_key(),
        hosts=frozenset(name.lower() for name in hosts),
        origins=frozenset(origins),
        settings=settings_of(ctx).settings,
        limits=Limits(queue=queue, answer_tokens=max_answer_tokens),
    )
    log_to_file()
    return asyncio.run(_serve(config))


async def _serve(config: ServeConfig) -> int:
    engine = local_engine(config.settings)
    listening = bind(config)
    try:
        loaded = await _load(engine, config.settings)
        say(f"{loaded.name} answers at {address_of(listening)}/v1")
        say_key(config.key, key_place())
        await make_server(engine, config).serve(sockets=[listening])
    finally:
        listening.close()
        await engine.close()
    return 0


async def _load(engine: Engine, settings: Settings) -> ModelLoaded:
    await load_model(engine, settings.model)
    if engine.model is None:
        raise EngineError(f"The model {settings.model!r} was not loaded.")
    return engine.model


def _unit(kind: str) -> str:
    """The service file for this command line. A key in the environment is not written into it:
    such files are readable to others."""
    arguments = _without_unit(sys.argv[1:])
    command = (sys.executable, "-P", "-m", "carnice_tui", *arguments)
    environment = {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(("CARNICE_", "HF_HOME")) and name != VARIABLE
    }
    if kind == "systemd":
        return units.systemd(command, environment)
    return units.launchd(command, environment, str(paths.state_dir() / "serve.log"))


def _without_unit(arguments: list[str]) -> list[str]:
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--print-unit":
            next(words, None)
        elif not word.startswith("--print-unit="):
            kept.append(word)
    return kept
