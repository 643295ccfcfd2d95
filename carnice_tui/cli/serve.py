"""`carnice-chat serve`: the model for other programs, as OpenAI's API."""

import asyncio
import logging

import click

from carnice_tui.cli.boundary import say
from carnice_tui.cli.engines import local_engine
from carnice_tui.cli.options import MODEL_FLAGS, setting_flags, settings_of
from carnice_tui.cli.progress import LoadReport
from carnice_tui.cli.serve_parts import need_serve_extra
from carnice_tui.core import paths
from carnice_tui.core.events import EngineFailed, ModelLoaded
from carnice_tui.core.settings import Settings
from carnice_tui.engine.base import Engine, EngineError

need_serve_extra()

from carnice_tui.serve.config import Limits, ServeConfig  # noqa: E402
from carnice_tui.serve.key import key_file, serve_key  # noqa: E402
from carnice_tui.serve.run import bind, make_server  # noqa: E402


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8377, show_default=True)
@click.option("--no-key", is_flag=True, help="Ask for no key; on loopback only.")
@click.option(
    "--allow-host", "hosts", multiple=True, metavar="NAME", help="A name the server also has."
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="A web page that may ask, such as https://chat.example.",
)
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
    **_: object,
) -> int:
    """Serve the model to other programs on this machine, as OpenAI's API.

    Without a key of your own in CARNICE_API_KEY, a random one is made once and kept.
    """
    settings = settings_of(ctx).settings
    config = ServeConfig(
        host=host,
        port=port,
        key="" if no_key else serve_key(),
        hosts=frozenset(name.lower() for name in hosts),
        origins=frozenset(origins),
        settings=settings,
        limits=Limits(queue=queue, answer_tokens=max_answer_tokens),
    )
    _log_to_file()
    return asyncio.run(_serve(config))


async def _serve(config: ServeConfig) -> int:
    engine = local_engine(config.settings)
    listening = bind(config)
    try:
        loaded = await _load(engine, config.settings)
        address = listening.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        say(f"{loaded.name} answers at http://{shown}:{address[1]}/v1")
        say(f"The key is in {key_file()}." if config.key else "No key is asked for.")
        await make_server(engine, config).serve(sockets=[listening])
    finally:
        listening.close()
        await engine.close()
    return 0


async def _load(engine: Engine, settings: Settings) -> ModelLoaded:
    report = LoadReport()
    try:
        async for event in engine.load(settings.model):
            if isinstance(event, EngineFailed):
                raise EngineError(event.message)
            report.show(event)
    finally:
        report.clear()
    if engine.model is None:
        raise EngineError(f"The model {settings.model!r} was not loaded.")
    return engine.model


def _log_to_file() -> None:
    """What goes wrong inside the server is kept in the app's log, never on the screen."""
    path = paths.app_log()
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
