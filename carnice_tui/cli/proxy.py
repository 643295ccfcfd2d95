"""`carnice-chat proxy`: makes any mlx_lm.server understand an agent's thinking switch."""

import asyncio

import click

from carnice_tui.cli.boundary import say
from carnice_tui.cli.serve_parts import (
    address_of,
    listening_flags,
    log_to_file,
    say_key,
)
from carnice_tui.serve.config import ServeConfig
from carnice_tui.serve.key import key_place, serve_key
from carnice_tui.serve.proxy import build_proxy
from carnice_tui.serve.run import bind, server_of

PORT = 8378


@click.command()
@click.option(
    "--upstream",
    required=True,
    metavar="URL",
    help="Where mlx_lm.server listens, such as http://127.0.0.1:8080.",
)
@listening_flags(PORT)
def proxy(
    *,
    upstream: str,
    host: str,
    port: int,
    no_key: bool,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
) -> int:
    """Stand before an mlx_lm.server and translate `think: false` and `reasoning_effort`.

    Sampling that a request leaves out becomes the model card's (0.6, 0.95, 20). Everything else
    goes through unchanged, streams byte for byte.
    """
    config = ServeConfig(
        host=host,
        port=port,
        key="" if no_key else serve_key(),
        hosts=frozenset(name.lower() for name in hosts),
        origins=frozenset(origins),
    )
    log_to_file()
    asyncio.run(_run(upstream, config))
    return 0


async def _run(upstream: str, config: ServeConfig) -> None:
    app = build_proxy(upstream, config)
    listening = bind(config)
    try:
        say(f"{upstream} is reached through {address_of(listening)}/v1")
        say_key(config.key, key_place())
        server = server_of(app, config.limits, stopping=lambda: None)
        await server.serve(sockets=[listening])
    finally:
        listening.close()
