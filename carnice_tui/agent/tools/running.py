"""`run_command`: a shell command in the workspace, after a yes."""

from typing import Annotated

from msgspec import Meta

from carnice_tui.agent.errors import ToolProblem
from carnice_tui.agent.limits import head_and_tail
from carnice_tui.agent.process import Finished, Run, run, safe_environment
from carnice_tui.agent.tools.base import Action, Arguments, Setting


class RunCommand(Arguments, frozen=True):
    """Run a shell command."""

    command: Annotated[str, Meta(description="Shell command to run")]


def run_command(asked: RunCommand, setting: Setting) -> Action:
    """Run it with `sh`, without input, and give what it wrote."""
    if not asked.command.strip():
        raise ToolProblem("The command is empty.")
    if "\0" in asked.command:
        raise ToolProblem("A command cannot hold a NUL character.")

    async def do() -> str:
        limits = setting.limits
        what = Run(
            ("/bin/sh", "-c", asked.command),
            setting.workspace.root,
            safe_environment(setting.environment),
            limits.command_seconds,
            limits.output_bytes,
            limits.result_bytes,
        )
        try:
            done = await run(what)
        except OSError as error:
            raise ToolProblem(f"The command could not be started: {error.strerror}.") from None
        return _told(done, setting)

    return Action(do, f"Run `{asked.command}`?")


def _told(done: Finished, setting: Setting) -> str:
    """What it wrote, and how it ended where that is no success.

    Raises:
        ToolProblem: it was killed.
    """
    lines = done.head.decode("utf-8", "replace").split("\n")
    if done.tail:
        if done.left_out:
            lines.append("…")
        lines += done.tail.decode("utf-8", "replace").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    shown = "\n".join(head_and_tail(lines, setting.limits))
    limits = setting.limits
    match done.ended:
        case "timeout":
            raise ToolProblem(
                _joined(shown, f"killed: not done after {limits.command_seconds:g} s")
            )
        case "flood":
            raise ToolProblem(
                _joined(shown, f"killed: over {limits.output_bytes:,} bytes of output")
            )
        case "stopped":
            raise ToolProblem(_joined(shown, "interrupted"))
        case "exited":
            pass
    if done.status and done.status < 0:
        return _joined(shown, f"ended by signal {-done.status}")
    return _joined(shown, f"exit status {done.status}") if done.status else shown or "(no output)"


def _joined(shown: str, ending: str) -> str:
    return f"{shown}\n({ending})" if shown else f"({ending})"
