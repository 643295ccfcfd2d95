"""The `carnice-chat` command: the app, the print mode, and the list of all other commands.

Nothing heavy is imported here, so that `--help` and `--version` are instant.
"""

import sys

import click

from carnice_tui import __version__
from carnice_tui.cli.boundary import guarded, open_standard_descriptors
from carnice_tui.cli.lazy import LazyCommand, LazyGroup
from carnice_tui.cli.options import (
    APP_FLAGS,
    MODEL_FLAGS,
    REMOTE_FLAGS,
    for_this_run,
    setting_flags,
    settings_of,
)
from carnice_tui.core import paths

COMMANDS = {
    "review": LazyCommand(
        "carnice_tui.cli.review", "review", "Find bugs in files, folders, changes or a pipe."
    ),
    "replay": LazyCommand(
        "carnice_tui.cli.replay", "replay", "Play a recorded conversation again."
    ),
    "sessions": LazyCommand(
        "carnice_tui.cli.sessions", "sessions", "Find, read and move your conversations."
    ),
    "models": LazyCommand("carnice_tui.cli.models", "models", "Find, fetch and convert models."),
    "serve": LazyCommand(
        "carnice_tui.cli.serve",
        "serve",
        "Serve the model to other programs, as OpenAI's API.",
        extra="serve",
    ),
    "proxy": LazyCommand(
        "carnice_tui.cli.proxy",
        "proxy",
        "Make an mlx_lm.server understand an agent's thinking.",
        extra="serve",
    ),
    "hermes": LazyCommand(
        "carnice_tui.cli.hermes", "hermes", "Set Hermes Agent up, and check it.", extra="serve"
    ),
    "launch": LazyCommand(
        "carnice_tui.cli.launch", "launch", "Spread one model over several machines."
    ),
    "settings": LazyCommand("carnice_tui.cli.settings", "settings", "See and change the settings."),
    "bench": LazyCommand("carnice_tui.cli.bench", "bench", "Measure models beside plain mlx-lm."),
    "doctor": LazyCommand(
        "carnice_tui.cli.doctor", "doctor", "Check that everything works on this machine."
    ),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Without a command the app opens. Piped input is added to the message as a file: "
    "git diff | carnice-chat -p 'What changed?'",
)
@click.option("-p", "--print", "prompt", metavar="PROMPT", help="Answer PROMPT and exit.")
@click.option(
    "-c",
    "--continue",
    "continued",
    is_flag=False,
    flag_value="",
    metavar="[ID]",
    help="Go on with the last session, or with session ID.",
)
@click.option("-r", "--resume", is_flag=True, help="Choose a session to go on with from a list.")
@click.option(
    "--fork",
    "forked",
    metavar="ID[@TURN]",
    help="Go on with a copy of session ID, up to the end of TURN.",
)
@click.option("--bugs", is_flag=True, help="Find bugs: code in, BUG and FIX out.")
@click.option(
    "--agent",
    "workspace",
    is_flag=False,
    flag_value=".",
    metavar="[DIR]",
    help="Let the model read, edit and run in DIR (here, if left out); it asks before it changes "
    "or runs something.",
)
@click.option(
    "--allow",
    metavar="WHAT",
    help="With -p --agent: what it need not ask for, of edit, write and run: --allow edit,run.",
)
@setting_flags(MODEL_FLAGS, REMOTE_FLAGS, APP_FLAGS)
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "json", "jsonl")),
    default="text",
    help="With -p: the answer as text, as one JSON object, or every event as a JSON line.",
)
@click.option("--show-thinking", is_flag=True, help="With -p: thinking to standard error.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(__version__, "-V", "--version", message="carnice-chat %(version)s")
@click.pass_context
def carnice_chat(
    ctx: click.Context,
    *,
    prompt: str | None,
    continued: str | None,
    resume: bool,
    forked: str | None,
    bugs: bool,
    workspace: str | None,
    allow: str | None,
    output: str,
    show_thinking: bool,
    **_: object,
) -> int:
    """Chat and find bugs with Carnice-V2-27b and Qwen3.6-27B, on your own machine."""
    if ctx.invoked_subcommand is not None:
        return 0
    from carnice_tui.cli.agent import as_asked
    from carnice_tui.cli.start import Start, find_session_file, find_start

    loaded = settings_of(ctx)
    start = Start(settings=loaded.settings, mode="bugs" if bugs else "chat")
    start = as_asked(start, workspace, allow, headless=prompt is not None)
    given = for_this_run(loaded)
    if start.mode != "chat":
        given.add("mode")
    if prompt is not None:
        from carnice_tui.cli.pick import pick_session
        from carnice_tui.cli.print_mode import Output, print_answer

        wanted = pick_session(paths.sessions_dir()) if resume else continued
        start = find_start(start, wanted, forked, given)
        return print_answer(start, prompt, Output(output), show_thinking=show_thinking)
    from carnice_tui.cli.app import open_app
    from carnice_tui.ui.beginning import Opening

    found = find_session_file(start, continued, forked)
    if found is not None:
        return open_app(start, Opening(*found, given=frozenset(given)))
    return open_app(start, Opening(given=frozenset(given)) if resume else None)


def main() -> None:
    """Run the command line and leave with its exit status."""
    open_standard_descriptors()
    arguments = sys.argv[1:]
    sys.exit(
        guarded(
            lambda: carnice_chat.main(arguments, prog_name="carnice-chat", standalone_mode=False),
            debug="--debug" in arguments,
        )
    )
