"""What the commands that serve have in common: their flags, and how they run."""

import logging
import socket
from collections.abc import Callable
from typing import TypeVar

import click

from carnice_tui.cli.boundary import say
from carnice_tui.core import paths

Command = TypeVar("Command", bound=Callable[..., object])


def listening_flags(port: int) -> Callable[[Command], Command]:
    """The flags that say where to listen and to whom; `port` is the default."""
    flags = (
        click.option(
            "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
        ),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help="Port to listen on; 0 is any that is free.",
        ),
        click.option("--no-key", is_flag=True, help="Ask for no key; on loopback only."),
        click.option(
            "--allow-host",
            "hosts",
            multiple=True,
            metavar="NAME",
            help="A name this machine also has.",
        ),
        click.option(
            "--allow-origin",
            "origins",
            multiple=True,
            metavar="URL",
            help="A web page that may ask, such as https://chat.example.",
        ),
    )

    def decorate(command: Command) -> Command:
        for flag in reversed(flags):
            command = flag(command)
        return command

    return decorate


def address_of(listening: socket.socket) -> str:
    """Where a client finds the server: http://…:port."""
    host, port, *_ = listening.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def say_key(key: str, place: object) -> None:
    """Tell where the key is; never the key itself, for logs are read by others."""
    say(f"Clients send the key in {place}." if key else "No key is asked for.")


def log_to_file() -> None:
    """What goes wrong inside a server is kept in the app's log, never on the screen."""
    path = paths.app_log()
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
