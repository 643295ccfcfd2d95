"""`carnice-chat launch`: one model over several machines or processes, and the app before it."""

from dataclasses import replace
from pathlib import Path

import click

from carnice_tui.cli.boundary import say
from carnice_tui.cli.engines import launched_engine, place_of
from carnice_tui.cli.options import APP_FLAGS, MODEL_FLAGS, setting_flags, settings_of
from carnice_tui.cli.start import Start
from carnice_tui.core.errors import UsageError
from carnice_tui.engine.remote.plan import LaunchPlan, free_port

BACKENDS = ("ring", "jaccl", "jaccl-ring", "mpi", "nccl")

EXAMPLES = """\b
Examples:
  carnice-chat launch -n 2 --pipeline -m FOLDER          # two processes here
  carnice-chat launch --hosts 10.0.0.1,10.0.0.2 -m FOLDER
  carnice-chat launch --hostfile hosts.json --backend jaccl -m FOLDER

The first host must be this machine, and the others reachable by ssh without a password, with the
same Python and the same model folder. docs/scale.md says when it pays.
"""


@click.command(epilog=EXAMPLES)
@click.option("--hosts", metavar="A,B", help="The machines' addresses, this one first.")
@click.option(
    "-n", "count", type=click.IntRange(1, 64), default=1, metavar="N", help="Processes on each."
)
@click.option(
    "--hostfile",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The machines, as mlx.distributed_config writes them.",
)
@click.option("--backend", type=click.Choice(BACKENDS), default="ring", show_default=True)
@click.option(
    "--pipeline",
    is_flag=True,
    help="Each machine holds some of the layers; else a part of every layer.",
)
@click.option(
    "--python", metavar="PATH", help="The Python of every machine; by default the path of ours."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where rank 0 answers; 0: any free."
)
@click.option("--print-command", is_flag=True, help="Print the command and run nothing.")
@click.option("-p", "--print", "prompt", metavar="PROMPT", help="Answer PROMPT and exit.")
@setting_flags(MODEL_FLAGS, APP_FLAGS)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def launch(
    ctx: click.Context,
    *,
    hosts: str | None,
    count: int,
    hostfile: Path | None,
    backend: str,
    pipeline: bool,
    python: str | None,
    port: int,
    print_command: bool,
    prompt: str | None,
    **_: object,
) -> int:
    """Spread one model over machines or processes with mlx.launch, and chat with it."""
    if hosts and hostfile:
        raise UsageError("Give the machines by --hosts or by --hostfile, not by both.")
    plan = LaunchPlan(count=count, hostfile=hostfile, backend=backend, pipeline=pipeline)
    plan = replace(plan, port=port or free_port(), python=python or plan.python)
    if hosts:
        plan = replace(plan, hosts=tuple(host.strip() for host in hosts.split(",")))
    loaded = settings_of(ctx)
    place = place_of(loaded.settings.model)
    plan.check(place)
    if print_command:
        click.echo(plan.printed(str(place)))
        return 0
    say(plan.printed(str(place)))
    start = Start(
        settings=loaded.settings,
        new_engine=lambda: launched_engine(loaded.settings, plan),
    )
    if prompt is not None:
        from carnice_tui.cli.print_mode import Output, print_answer

        return print_answer(start, prompt, Output.TEXT, show_thinking=False)
    from carnice_tui.cli.app import open_app

    return open_app(start)
