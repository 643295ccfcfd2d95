"""`carnice-chat hermes`: Hermes Agent on this machine's model."""

import asyncio

import click

from carnice_tui.cli.boundary import say
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.serve.hermes import config
from carnice_tui.serve.hermes.doctor import check_pair
from carnice_tui.serve.key import VARIABLE, key_file, known_key, serve_key

URL = "http://127.0.0.1:8377/v1"
PROBLEMS_FOUND = 1


@click.group()
def hermes() -> None:
    """Set Hermes Agent up for carnice-chat serve, and check the pair."""


@hermes.command()
@click.option("--url", default=URL, show_default=True, help="Where the server listens.")
@click.option("--write", is_flag=True, help="Merge it into Hermes' own files.")
@click.option("--thinking", is_flag=True, help="Let the model think in every request.")
@click.option(
    "--model",
    default=config.MODEL,
    show_default=True,
    help="What Hermes calls the model; before an mlx_lm.server it must be default_model.",
)
def setup(*, url: str, write: bool, thinking: bool, model: str) -> int:
    """Print Hermes' configuration for the server; with --write, merge it into what is there.

    Everything else in Hermes' files stays as it is, comments too. The model card advises agents
    to leave thinking off.
    """
    pairing = config.Pairing(_with_version(url), thinking, model)
    if not write:
        click.echo(f"# into {sanitize_line(str(config.config_file()))}")
        click.echo(config.merged("", pairing), nl=False)
        click.echo(f"\n# into {sanitize_line(str(config.env_file()))}")
        click.echo(f"{VARIABLE}=…   # the key is in {sanitize_line(str(key_file()))}")
        return 0
    path = config.config_file()
    before = config.read_text(path)
    config.replace_text(path, config.merged(before, pairing))
    env = config.env_file()
    config.replace_text(env, config.with_key(config.read_text(env), serve_key()))
    say(f"Written: {path} and {env}.")
    for name in config.misleading(before):
        say(f"model.{name} in {path} was there before and may point Hermes elsewhere.")
    return 0


@hermes.command()
@click.option("--url", default=URL, show_default=True, help="Where the server listens.")
def doctor(*, url: str) -> int:
    """Check that Hermes finds the running server, and gets an answer without thinking."""
    return asyncio.run(_doctor(_with_version(url)))


async def _doctor(url: str) -> int:
    status = 0
    async for check in check_pair(url, known_key()):
        click.echo(f"{'ok     ' if check.well else 'problem'} {sanitize_line(check.text)}")
        status = status if check.well else PROBLEMS_FOUND
    return status


def _with_version(url: str) -> str:
    return url.rstrip("/").removesuffix("/v1") + "/v1"
