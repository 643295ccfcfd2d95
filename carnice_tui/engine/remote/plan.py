"""One model over several machines or processes: the command that starts it.

MLX's own launcher starts a process a rank, on other machines by ssh, and `mlx_lm.server` in
each; the first answers over HTTP. https://ml-explore.github.io/mlx/build/html/usage/distributed.html
"""

import ipaddress
import json
import shlex
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil

from carnice_tui.engine.base import EngineError

INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class LaunchPlan:
    """How the ranks are started.

    `count` processes on each of `hosts`, or those in `hostfile`. Each holds a part of every
    layer (tensor), or with `pipeline` some of the layers. `port` is where the first answers,
    on this machine alone. `python` is the interpreter on every machine.
    """

    hosts: tuple[str, ...] = ("127.0.0.1",)
    count: int = 1
    hostfile: Path | None = None
    backend: str = "ring"
    pipeline: bool = False
    port: int = 0
    starting_port: int = 32323
    python: str = sys.executable

    @property
    def url(self) -> str:
        """Where the first rank answers."""
        return f"http://127.0.0.1:{self.port}/v1"

    def command(self, model: str) -> list[str]:
        """The command that starts all ranks with `model`, a folder or a repository."""
        where = (
            ["--hostfile", str(self.hostfile)]
            if self.hostfile
            else ["--hosts", ",".join(self.hosts), "-n", str(self.count)]
        )
        return [
            str(Path(sys.executable).with_name("mlx.launch")),
            *where,
            *("--backend", self.backend, "--starting-port", str(self.starting_port)),
            *("--", self.python, "-m", "mlx_lm", "server", "--model", model),
            *("--host", "127.0.0.1", "--port", str(self.port)),
            *(["--pipeline"] if self.pipeline else []),
        ]

    def printed(self, model: str) -> str:
        """The command as one would type it."""
        return shlex.join(["mlx.launch", *self.command(model)[1:]])

    def ranks(self) -> int:
        """How many processes there will be.

        Raises:
            EngineError: the host file cannot be read.
        """
        return len(_hosts_in(self.hostfile)) if self.hostfile else len(self.hosts) * self.count

    def check(self, folder: Path) -> None:
        """Say what is wrong before anything is started.

        Raises:
            EngineError: with what to do instead.
        """
        first = _hosts_in(self.hostfile)[0] if self.hostfile else self.hosts[0]
        if not is_this_machine(first):
            raise EngineError(
                f"The first host is {first!r}, which is not this machine. The first one answers, "
                "and only to programs on the same machine: name this one first."
            )
        if self.ranks() < 2:
            raise EngineError(
                "One process alone needs no launching: give -n 2, --hosts A,B or --hostfile FILE."
            )
        if self.pipeline and folder.is_dir() and not (folder / INDEX).is_file():
            raise EngineError(
                f"{folder.name!r} has no {INDEX}, by which each machine finds its layers. Convert "
                "the model with mlx_lm.convert, or leave out --pipeline."
            )


def is_this_machine(host: str) -> bool:
    """Whether `host` is a name or an address of the machine we run on."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", socket.gethostname(), socket.getfqdn())
    own = {a.address.partition("%")[0] for all_ in psutil.net_if_addrs().values() for a in all_}
    return address.is_loopback or str(address) in own


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _hosts_in(hostfile: Path | None) -> list[str]:
    """The first address of each host in a file of MLX's form."""
    try:
        content: Any = json.loads(hostfile.read_bytes()) if hostfile else []
        hosts = cast("dict[str, Any]", content)["hosts"] if isinstance(content, dict) else content
        found = [str((host.get("ips") or [host["ssh"]])[0]) for host in hosts]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f"The host file {str(hostfile)!r} cannot be read ({error}): it holds a list of "
            '{"ssh": name, "ips": [address]}; mlx.distributed_config writes one.'
        ) from error
    if not found:
        raise EngineError(f"The host file {str(hostfile)!r} names no host.")
    return found
