"""Every action of the chat, once: its keys, its `/` name, its line in the palette and the help."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.binding import Binding


@dataclass(frozen=True)
class Command:
    """An action. `name` is what follows `/` and what the settings' `keys` remap."""

    name: str
    keys: str
    title: str
    help: str
    slash: bool = True
    """Whether it makes sense as a `/` command."""


_NAMED = re.compile(r"/([a-z]+(?:-[a-z]+)*)\s*")

FUZZY_FROM = 2
"""Letters: one alone is in nearly every name."""

COMMANDS = (
    Command("help", "f1", "Keys", "Every key and what it does."),
    Command("bugs", "f2", "Bug finder", "Paste code, get BUG and FIX; again for the chat."),
    Command("agent", "alt+t", "Agent", "Let it read, edit and run here; it asks; again ends it."),
    Command("thinking", "f3", "Thinking mode", "Off, on, or a budget of tokens."),
    Command("model", "f4", "Model", "Choose another model."),
    Command("theme", "f5", "Theme", "Choose colours, with a preview."),
    Command("answer-now", "f6", "Answer now", "Stop thinking and answer."),
    Command("details", "f7", "Details", "The model, its memory, this turn's figures."),
    Command("settings", "f8", "Settings", "Everything that can be set."),
    Command("new", "ctrl+n", "New conversation", "Begin anew; the old one stays saved."),
    Command("sessions", "ctrl+o", "Sessions", "Find, open, rename or delete a conversation."),
    Command(
        "examples", "alt+v", "Examples", "Play a recorded conversation that came with the app."
    ),
    Command("replay", "", "Replay", "Play this conversation again, as it happened."),
    Command("fork", "", "Copy session", "Go on in a copy, up to the message browsed."),
    Command("private", "", "Private", "Begin a conversation of which nothing is kept; again ends."),
    Command("fold", "ctrl+t", "Fold thinking", "Collapsed, its end, or all of it."),
    Command(
        "interrupt", "escape", "Interrupt", "Stop the answer; what was said is kept.", slash=False
    ),
    Command("browse", "ctrl+b", "Browse messages", "Go through messages; F1 lists the keys."),
    Command("copy", "ctrl+y", "Copy answer", "The last answer as Markdown, or what is selected."),
    Command("copy-code", "alt+y", "Copy code", "A code block of the last answer."),
    Command("copy-all", "", "Copy conversation", "The whole conversation as Markdown."),
    Command("regenerate", "alt+r", "Regenerate", "Another answer beside this one."),
    Command("continue", "alt+g", "Continue", "Go on with an answer that was cut."),
    Command("edit", "alt+e", "Edit last message", "Ask in other words; both stay."),
    Command("edit-copy", "alt+k", "Edit in a copy", "Send your edit in a copy of the session."),
    Command("undo", "alt+u", "Undo last turn", "Step back; it stays on its branch."),
    Command("branch", "alt+b", "Next branch", "The next alternative of the last fork."),
    Command("branch-before", "", "Branch before", "The alternative before this one."),
    Command("findings", "f9", "Findings", "What the bug finder found; choose one to go there."),
    Command("open", "alt+j", "Open at the line", "The finding's line in $EDITOR, or shown here."),
    Command("copy-fix", "alt+f", "Copy FIX", "The finding's FIX line."),
    Command("explain", "alt+x", "Explain", "Why it is wrong, in the model's words."),
    Command("suggest", "alt+p", "Suggest a patch", "The correction as a diff, checked to apply."),
    Command("apply", "", "Apply the patch", "Change the file; asks first, and can be undone."),
    Command("allow", "alt+a", "Allow once", "Say yes to what the agent asks."),
    Command("allow-session", "alt+l", "Allow for this session", "Yes, until you leave."),
    Command("allow-always", "alt+w", "Always allow", "Yes, from now on."),
    Command("deny", "alt+d", "Refuse", "Say no; what is typed is the reason."),
    Command("sparkline", "alt+s", "Speed over the turn", "Tokens a second as a sparkline."),
    Command("history", "ctrl+r", "History", "Search what you sent before."),
    Command("editor", "ctrl+g", "Editor", "Write the message in $EDITOR."),
    Command("unfold", "alt+o", "Open pastes", "Show folded pastes in full, to edit them."),
    Command("rename", "", "Rename", "Give this conversation a title."),
    Command("suspend", "ctrl+z", "Suspend", "Into the shell's background; fg brings it back."),
    Command("quit", "ctrl+q", "Quit", "Save and leave."),
    Command("page-up", "pageup", "Page up", "Read back.", slash=False),
    Command("page-down", "pagedown", "Page down", "Read on.", slash=False),
    Command("line-up", "ctrl+up", "Line up", "Read back.", slash=False),
    Command("line-down", "ctrl+down", "Line down", "Read on.", slash=False),
    Command("start", "ctrl+home", "First message", "Where it began.", slash=False),
    Command("end", "ctrl+end", "Newest message", "Follow the end again.", slash=False),
)


def command_named(text: str) -> str | None:
    """The name after the `/`, where `text` is nothing else; None where it is a message."""
    found = _NAMED.fullmatch(text)
    return found[1] if found else None


def matching(typed: str) -> list[Command]:
    """The `/` commands that fit what was typed: those that begin so, then by their letters."""
    offered = [command for command in COMMANDS if command.slash]
    begin = [command for command in offered if command.name.startswith(typed)]
    if len(typed) < FUZZY_FROM:
        return begin
    from textual.fuzzy import FuzzySearch

    fuzzy = FuzzySearch()
    scores = {
        command.name: fuzzy.match(typed, command.name)[0]
        for command in offered
        if command not in begin
    }
    rest = [command for command in offered if scores.get(command.name)]
    return begin + sorted(rest, key=lambda command: -scores[command.name])


BY_NAME = {command.name: command for command in COMMANDS}


def bindings() -> "list[Binding]":
    """The keys of all commands; the ids are their names, so that settings can remap them."""
    # The first frame names keys too, and is painted before Textual is loaded.
    from textual.binding import Binding

    return [
        Binding(
            command.keys or f"f{60 + index}",
            f"do('{command.name}')",
            command.title,
            show=False,
            priority=True,
            id=command.name,
        )
        for index, command in enumerate(COMMANDS)
    ]
