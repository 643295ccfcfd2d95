"""`carnice-chat models`: what there is, what fits, and bringing models onto this machine."""

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

import click
import msgspec

from carnice_tui.cli import model_text
from carnice_tui.cli.progress import LoadReport, load_line
from carnice_tui.core.errors import UsageError
from carnice_tui.models import convert as conversion
from carnice_tui.models import own
from carnice_tui.models.catalog import Variant, load_catalogue
from carnice_tui.models.convert import Converted, Job, Planned, Scaling, Written
from carnice_tui.models.errors import ModelError
from carnice_tui.models.fit import fit as fit_of
from carnice_tui.models.fit import fits, recommend, what_would_fit
from carnice_tui.models.machine import this_machine
from carnice_tui.models.recipes import RECIPES
from carnice_tui.models.resolve import resolve
from carnice_tui.models.verify import verify_files

CONTEXT = 32_768
"""Tokens: a long conversation with some files in it."""

context_option = click.option(
    "--context",
    type=click.IntRange(0, 1_048_576),
    default=CONTEXT,
    show_default=True,
    metavar="TOKENS",
    help="How many tokens the conversation holds; 0 is the model's longest.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def models() -> None:
    """Find, fetch and convert models."""


@models.command("list")
@click.option("--here", is_flag=True, help="Only what is on this machine.")
@context_option
@json_option
def list_models(*, here: bool, context: int, as_json: bool) -> int:
    """List all variants: size, whether they fit and are here, reported speed."""
    catalogue = load_catalogue()
    machine = asyncio.run(this_machine())
    found = [one for one in fits(catalogue, machine, context) if one.downloaded or not here]
    _print(found if as_json else model_text.list_text(catalogue, found, machine))
    return 0


@models.command()
@click.argument("name")
@context_option
@json_option
def show(*, name: str, context: int, as_json: bool) -> int:
    """Show one model: formats, memory, reported figures, licence, attribution, limits."""
    catalogue = load_catalogue()
    variant = catalogue.find(name)
    if variant is None:
        raise ModelError(
            f"The catalogue has no model {name}: see carnice-chat models list, or add it with "
            "carnice-chat models add."
        )
    machine = asyncio.run(this_machine())
    one = fit_of(catalogue, variant, machine, context)
    _print(one if as_json else model_text.show_text(catalogue, one, machine))
    return 0


@models.command()
@click.argument("name", required=False)
@context_option
@json_option
def fit(*, name: str | None, context: int, as_json: bool) -> int:
    """Say what fits this machine, and which variant to take; or whether NAME fits (else 1)."""
    catalogue = load_catalogue()
    machine = asyncio.run(this_machine())
    if name is None:
        found = fits(catalogue, machine, context)
        recommended = recommend(catalogue, machine, context)
        _print(found if as_json else model_text.fits_text(found, recommended, machine, context))
        return 0
    variant = catalogue.find(name) or Variant(name=name, repository=name)
    one = fit_of(catalogue, variant, machine, context)
    if as_json:
        _print(one)
    else:
        _print(model_text.fit_text(one))
        if one.verdict == "too large":
            others = what_would_fit(catalogue, machine, one)
            names = ", ".join(other.variant.name for other in others) or "nothing of this model"
            _print(f"  What fits: {names}")
    return 0 if one.runs else 1


@models.command()
@click.argument("reference")
def path(reference: str) -> int:
    """Print the folder of a model that is on this machine."""
    _print(str(own.path_of(reference)))
    return 0


@models.command()
@click.argument("reference")
@click.option("--name", help="What to call it; by default the last part of its name.")
@click.option("--family", default="", help="Whose variant it is: carnice or qwen3.6.")
def add(*, reference: str, name: str | None, family: str) -> int:
    """Add a folder or a repository of the hub to your catalogue."""
    variant = own.add_variant(reference, name or Path(reference).name.lower(), family)
    _print(f"{variant.name} is in your catalogue: {own.user_catalogue()}")
    return 0


@models.command()
@click.argument("reference")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rm(*, reference: str, yes: bool) -> int:
    """Delete a fetched model from the hub's cache, and an entry of yours from the catalogue."""
    removal = own.what_removing_deletes(reference)
    if removal.folder is not None and not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                f"Removing {removal.name} deletes {model_text.gigabytes(removal.nbytes)} in "
                f"{removal.folder}: say --yes."
            )
        click.confirm(
            f"Delete {model_text.gigabytes(removal.nbytes)} in {removal.folder}?", abort=True
        )
    own.remove(removal)
    _print(f"Removed {removal.name}.")
    return 0


@models.command()
@click.argument("reference")
def pull(reference: str) -> int:
    """Fetch a model from the Hugging Face hub; what was fetched before is not fetched again."""
    _print(str(asyncio.run(_pull(reference))))
    return 0


async def _pull(repository: str) -> Path:
    report = LoadReport()
    told = -1
    folder = None
    try:
        async for step in resolve(repository, refresh=True):
            if isinstance(step, Path):
                folder = step
                continue
            report.show(step)
            tenth = step.done * 10 // step.total if step.total else -1
            if tenth > told and not sys.stderr.isatty():
                told = tenth
                print(load_line(step), file=sys.stderr, flush=True)
    finally:
        report.clear()
    assert folder is not None  # the last step, or an error
    return folder


@models.command()
@click.argument("reference")
@click.option("--quick", is_flag=True, help="Without the hashes, which read every byte.")
@click.option("--no-run", is_flag=True, help="Without loading it and writing eight tokens.")
@json_option
def verify(*, reference: str, quick: bool, no_run: bool, as_json: bool) -> int:
    """Check a model: shards, index, formats, template, hashes, and that it answers (else 1)."""
    folder = own.path_of(reference)
    report = LoadReport()
    checks = verify_files(folder, report.hashing, hashes=not quick)
    report.clear()
    if not no_run and all(check.ok for check in checks):
        from carnice_tui.cli.model_check import check_answer

        checks += asyncio.run(check_answer(folder))
    _print(checks if as_json else model_text.checks_text(checks))
    return 0 if all(check.ok for check in checks) else 1


@models.command()
@click.argument("source")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--recipe", required=True, type=click.Choice(tuple(RECIPES)), help="How tensors are kept."
)
@click.option(
    "--imatrix",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Importance matrix (GGUF) for the ud recipes.",
)
@click.option("--table", is_flag=True, help="Print every tensor, not one line a kind.")
def convert(
    *, source: str, destination: Path, recipe: str, imatrix: Path | None, table: bool
) -> int:
    """Convert SOURCE (original weights: a folder or a fetched model) into DESTINATION.

    Prints how each tensor is kept. A conversion that was stopped goes on where it was.
    """
    job = Job(
        str(own.path_of(source)),
        str(destination.expanduser().absolute()),
        recipe,
        str(imatrix.absolute()) if imatrix else "",
    )
    _print(asyncio.run(_convert(job, each=table)))
    return 0


async def _convert(job: Job, *, each: bool) -> str:
    report = LoadReport()
    plan = ""
    try:
        async with aclosing(conversion.convert(job)) as steps:
            async for step in steps:
                match step:
                    case Planned(table=table):
                        plan = model_text.table_text(table, each=each)
                    case Written(done=done, total=total):
                        report.say(f"Writing {done / 1e9:.1f} of {total / 1e9:.1f} GB")
                    case Scaling(done=done, total=total):
                        report.say(f"Scaling layer {done} of {total}")
                    case Converted(path=path, bits_per_weight=bits, peak_memory=peak):
                        return (
                            f"{plan}\n\n{bits:.3f} bits per weight, at most "
                            f"{model_text.gigabytes(peak)} of memory: {path}"
                        )
                    case _:
                        pass
    finally:
        report.clear()
    raise ModelError("The conversion ended without a model.")  # never: convert() says why


def _print(value: object) -> None:
    if isinstance(value, str):
        print(value)
    else:
        print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
