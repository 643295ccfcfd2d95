"""Tool calls that come to nothing, refused or not possible: told, and not made again unasked."""

from collections.abc import Callable
from typing import Any

from carnice_tui.models.demo_training.naming import Case, Names
from carnice_tui.models.demo_training.tool_dialogue import ToolDialogue

_ASKED_FIRST = {"edit_file": "changed", "write_file": "written", "run_command": "run"}
"""The tools that the person is asked about, and what a refusal leaves undone."""
_REASONS = (
    "not now",
    "not yet",
    "no",
    "wait",
    "later",
    "too slow",
    "not today",
    "wrong file",
    "wrong folder",
    "I do it myself",
    "ask me first",
    "that is not what I want",
    "that would break the build",
    "use another name",
    "only read, please",
    "keep it as it is",
    "I changed my mind",
    "Nobody is there to ask, and it was not allowed.",
)
_PATH_PROBLEMS: dict[str, tuple[str, ...]] = {
    "read_file": (
        "{path} cannot be read: No such file or directory.",
        "{path} is a binary file, so it is not read.",
        "{path} is a folder: list_files shows what is in it.",
    ),
    "list_files": (
        "{path} cannot be listed: No such file or directory.",
        "{path} is a file: read_file reads it.",
    ),
    "search": ("There is no {path} here.",),
    "edit_file": (
        "{path} cannot be read: No such file or directory.",
        "The text is not in {path}; it must match exactly.",
        "{path} may not be written.",
    ),
    "write_file": (
        "{path} cannot be written: Permission denied.",
        "{path} holds exactly that already.",
        "{path} may not be written.",
    ),
}
"""What the agent's tools say; `{path}` is the call's."""
_OUTSIDE = "{path} is outside the workspace: use a path inside it, like src/app.py."
_AGAIN_SHARE = 0.2
"""Of the failed calls: those that the person wants tried again, which then work."""


def _reason(d: ToolDialogue) -> str:
    if d.rng.random() < 0.5:
        return d.rng.choice(_REASONS)
    noun = Names(d.rng, Case.SNAKE, d.names.style, d.vocabulary)["v"]
    shapes = ("not {}", "use {} for that", "leave {} alone", "{} first", "that is for {}", "no {}")
    return d.rng.choice(shapes).format(noun)


def _refusal(d: ToolDialogue, tool: str) -> tuple[str, str]:
    reason = _reason(d) if d.rng.random() < 0.75 else ""
    why = f": `{reason.rstrip('.')}`" if reason else ""
    said = f"error: not allowed ({reason})" if reason else "error: not allowed"
    return said, f"That was not allowed{why}. Nothing was {_ASKED_FIRST[tool]}."


def _failure(d: ToolDialogue, tool: str, arguments: dict[str, Any]) -> tuple[str, str]:
    if tool == "run_command":
        command, status = arguments["command"], d.rng.choice((1, 1, 2, 126, 127))
        line = d.rng.choice(
            (f"{command.split()[0]}: not found", f"error: no {d.names['S']}", "Permission denied")
        )
        return (
            f"{line}\nexit status {status}",
            f"`{command}` failed with status {status}: `{line}`.",
        )
    if "path" not in arguments:
        return "", f"I found no `{arguments['pattern']}`."
    problems = (*_PATH_PROBLEMS[tool], *([_OUTSIDE] if d.rng.random() < 0.2 else []))
    said = d.rng.choice(problems).format(path=arguments["path"])
    return said, f"That did not work: `{said.rstrip('.')}`."


def failing(task: Callable[[ToolDialogue], None], d: ToolDialogue) -> None:
    """Do the task until one of its calls, which fails; that is told, and at times tried again."""
    began = len(d.messages)
    task(d)
    calls = [at for at in range(began, len(d.messages)) if "tool_calls" in d.messages[at]]
    if not calls:
        return
    at = d.rng.choice(calls)
    rest = d.messages[at:]
    del d.messages[at + 1 :]
    call = d.messages[at]["tool_calls"][0]["function"]
    name, arguments = call["name"], call["arguments"]
    refused = name in _ASKED_FIRST and d.rng.random() < 0.6
    said, told = _refusal(d, name) if refused else _failure(d, name, arguments)
    d.result(said)
    d.failures_told.append(len(d.messages))
    d.answer("It was not allowed." if refused else "It came to nothing.", told)
    if d.rng.random() < _AGAIN_SHARE:
        d.user("Try again.", "Try it again.", "Again, please.", "try that again", "Now do it.")
        d.messages.extend(rest)
    contents = {message["content"] for message in d.messages}
    d.shown[:] = [exhibit for exhibit in d.shown if exhibit.code in contents]
