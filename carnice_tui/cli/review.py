"""`carnice-chat review`: find bugs in files, folders, changes, or what is piped in."""

from pathlib import Path
from typing import ClassVar

import click

from carnice_tui.cli.optional_values import OptionalValues
from carnice_tui.cli.options import REMOTE_FLAGS, setting_flags, settings_of
from carnice_tui.core.errors import UsageError
from carnice_tui.review.finder import MOST_FINDINGS
from carnice_tui.review.finding import LEVELS
from carnice_tui.review.formats.choose import FORMATS

FLAGS = (
    (["-m", "--model"], "model"),
    (["--thinking"], "bugs.thinking"),
    (["--temperature"], "generation.temperature"),
    (["--top-p"], "generation.top_p"),
    (["--top-k"], "generation.top_k"),
    (["--seed"], "generation.seed"),
    (["--max-tokens"], "generation.max_tokens"),
    (["--context-window"], "context_window"),
)

EXAMPLES = """\b
Examples:
  cat app.ts | carnice-chat review
  carnice-chat review src --all
  git diff | carnice-chat review -
  carnice-chat review --base main --format sarif > bugs.sarif

Exit status: 0 clean, 1 findings, 2 something was not reviewed, 130 interrupted.
"""


class _Review(OptionalValues):
    takes: ClassVar = {
        "--all": (str(MOST_FINDINGS), str.isdecimal),
        "--diff": ("HEAD", lambda word: not Path(word).exists()),  # what exists is to be reviewed
    }


@click.command(cls=_Review, epilog=EXAMPLES)
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|-]...")
@click.option("--stdin-filename", default="", metavar="NAME", help="What the piped text is called.")
@click.option(
    "--diff",
    "since",
    is_flag=False,
    flag_value="HEAD",
    metavar="[REF]",
    help="Review what changed in the work tree since REF (HEAD).",
)
@click.option("--staged", is_flag=True, help="Review what is staged for the next commit.")
@click.option("--base", metavar="BRANCH", help="Review what changed since BRANCH was left.")
@click.option("--commit", metavar="SHA", help="Review what one commit changed.")
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMATS), default="text", help="How to tell it."
)
@click.option(
    "--allow-ok/--no-allow-ok",
    default=None,
    help="Let the model say that there is no bug. Default: yes for folders and changes.",
)
@click.option(
    "--all",
    "most",
    is_flag=False,
    flag_value=str(MOST_FINDINGS),
    metavar="[N]",
    type=click.IntRange(1, 100),
    help=f"Ask for further bugs, up to N ({MOST_FINDINGS}) in each piece.",
)
@click.option(
    "--samples", type=click.IntRange(1, 25), default=1, metavar="N", help="Let N answers vote."
)
@click.option(
    "--locate",
    type=click.Choice(("ask", "words", "off")),
    default="ask",
    help="Find the line: by a further question, by the words alone, or not at all.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="X",
    help="Leave out findings the model is less sure of, 0 to 1.",
)
@click.option(
    "--sort", type=click.Choice(("found", "confidence")), default="found", help="In which order."
)
@click.option(
    "--fail-on",
    type=click.Choice((*LEVELS, "never")),
    default="note",
    help="The least level of a finding that makes the exit status 1.",
)
@click.option("--baseline", type=click.Path(), metavar="FILE", help="Leave out what FILE knows.")
@click.option("--update-baseline", is_flag=True, help="Write all findings into the baseline.")
@click.option("--explain", is_flag=True, help="Also say why.")
@click.option("--suggest", is_flag=True, help="Also suggest a patch, checked to apply.")
@click.option("--apply", "applying", is_flag=True, help="Apply the patches; --suggest is implied.")
@click.option("--force", is_flag=True, help="With --apply: also where git has uncommitted changes.")
@click.option("-q", "--quiet", is_flag=True, help="Nothing on standard error but errors.")
@setting_flags(FLAGS, REMOTE_FLAGS)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def review(ctx: click.Context, **flags: object) -> int:
    """Find bugs in files, folders, changes, or what is piped in."""
    from carnice_tui.cli.review_run import Wanted, run_review

    chosen = {name: value for name, value in flags.items() if name in Wanted.__struct_fields__}
    wanted = Wanted(**chosen)  # pyright: ignore[reportArgumentType]  # click gave these types
    if sum(1 for one in (wanted.since, wanted.staged, wanted.base, wanted.commit) if one) > 1:
        raise UsageError("Choose one of --diff, --staged, --base and --commit.")
    if wanted.update_baseline and not wanted.baseline:
        raise UsageError("--update-baseline needs to know the file: add --baseline FILE.")
    return run_review(wanted, settings_of(ctx))
