"""What stands in a transcript for each event but the words of the model: cards, lines, messages."""

import msgspec

from carnice_tui.core.events import (
    EngineFailed,
    Notice,
    ToolCall,
    ToolCallBroken,
    ToolResult,
    TurnFinished,
    UserMessage,
)
from carnice_tui.core.quantities import counted
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.review.language import is_diff
from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.transcript.card import CardEntry, FoldedEntry, FooterEntry, LineEntry
from carnice_tui.ui.transcript.entry import Entry
from carnice_tui.ui.transcript.markdown_entry import UserEntry

_GO_ON = "The conversation is kept. Send again, or choose another model with {model}."

SHOWN_LINES = 12
"""Lines of a tool's result that a card shows."""

_REASONS = {
    "length": "cut at the length limit · /continue goes on",
    "cancelled": "interrupted",
    "failed": "failed",
    "context-full": "the context window is full · /new starts over",
    "tool-calls": "called tools",
}


def system(node: str, text: str) -> Entry:
    """The system prompt: its first line."""
    first = sanitize_line(text.strip().split("\n")[0])
    return LineEntry(node, f"System prompt · {first[:200]}")


def user(node: str, message: UserMessage, branches: str = "") -> Entry:
    """A message of the user's, a line for each file added to it."""
    files = [
        f"{sanitize_line(a.name)} · {counted(len(a.text.splitlines()), 'line')}"
        for a in message.attachments
    ]
    if message.about is not None:
        files.append(f"{message.about.path or 'pasted code'}:{message.about.lines}")
    if branches:
        files.append(f"{branches} · [ ] while browsing shows the others")
    return UserEntry(node, message.text, files)


def tool_call(node: str, call: ToolCall) -> Entry:
    """What the model wants to run, and with which arguments."""
    title = f"Tool · {sanitize_line(call.name)}"
    arguments = "\n".join(_argument(name, value) for name, value in call.arguments.items())
    return FoldedEntry(node, title, arguments, "primary", shown=SHOWN_LINES)


def _argument(name: str, value: object) -> str:
    """`name: value`; a text of several lines stands under its name."""
    if isinstance(value, str):
        return f"{name}:\n{value}" if "\n" in value else f"{name}: {value}"
    return f"{name}: {msgspec.json.encode(value).decode()}"


def broken_call(node: str, call: ToolCallBroken) -> Entry:
    """Something that was meant to be a tool call."""
    return CardEntry(node, f"Broken tool call · {call.problem}", call.text, "warning")


def tool_result(node: str, result: ToolResult) -> Entry:
    """What a tool gave back, its first lines; a diff is coloured."""
    title = "Tool failed" if result.failed else "Result"
    style = "error" if result.failed else "success"
    language = "diff" if is_diff(result.text) else ""
    return FoldedEntry(node, title, result.text, style, shown=SHOWN_LINES, language=language)


def notice(node: str, said: Notice) -> Entry:
    """Something the user should know."""
    style = {"info": "muted", "warning": "warning", "error": "error"}[said.level]
    return LineEntry(node, said.text, style, style)


def failure(node: str, failed: EngineFailed) -> Entry:
    """The engine could not: what happened, what to do next, and its last words."""
    lines = [failed.message.strip()]
    if failed.detail.strip():
        lines += ["", *failed.detail.strip().split("\n")[-6:]]
    lines += ["", with_keys(_GO_ON)]
    return CardEntry(node, "The engine failed", "\n".join(lines), "error")


def trouble(node: str, told: str) -> Entry:
    """Something of ours went wrong, and what it was."""
    return CardEntry(node, "An error of ours", told, "error")


def footer(node: str, finished: TurnFinished, branches: str = "") -> Entry:
    """The figures of a turn in one line, and which of several answers it was."""
    stats = finished.stats
    parts: list[str] = [branches] if branches else []
    if finished.reason != "stop":
        parts.append(_REASONS.get(finished.reason, finished.reason))
    if stats.decode_tps:
        parts.append(f"{stats.decode_tps:.1f} tok/s")
    if stats.time_to_first_token:
        parts.append(f"first token {stats.time_to_first_token:.2f} s")
    if stats.prompt_tokens:
        parts.append(
            f"prompt {stats.prompt_tokens:,} ({stats.cached_tokens:,} cached, "
            f"{stats.prefilled_tokens:,} read)"
        )
    if tokens := stats.reasoning_tokens + stats.answer_tokens:
        parts.append(counted(tokens, "token"))
    if stats.total_time:
        parts.append(f"{stats.total_time:.1f} s")
    style = "error" if finished.reason == "failed" else "muted"
    return FooterEntry(node, " · ".join(parts) or "done", style, tight=False)
