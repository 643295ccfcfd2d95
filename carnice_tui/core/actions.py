"""Every action that keys do, once: where, its name in the settings, its keys, what it is called.

What the settings may remap, what the key help lists and what the command palette finds are all
taken from here. Free of Textual: settings are checked, and the first frame names keys, before that
is loaded.
"""

from collections.abc import Iterator

from msgspec import Struct


class Action(Struct, frozen=True):
    """Something that a key does. `keys` are those it has unless the settings say otherwise.

    `place` is where its keys count: "" for the chat, else a section of the settings' `keys`.
    In the chat, `name` is also what follows `/`, unless `slash` is off.
    """

    name: str
    keys: str
    title: str
    help: str = ""
    slash: bool = True
    place: str = ""

    @property
    def id(self) -> str:
        """What it is called beyond its place: `sessions`, `transcript.edit`."""
        return f"{self.place}.{self.name}" if self.place else self.name


CHAT = (
    Action("help", "f1", "Keys", "Every key and what it does."),
    Action("bugs", "f2", "Bug finder", "Paste code, get BUG and FIX; again for the chat."),
    Action("agent", "alt+t", "Agent", "Let it read, edit and run here; it asks; again ends it."),
    Action("thinking", "f3", "Thinking mode", "Off, on, or a budget of tokens."),
    Action("model", "f4", "Model", "Choose another model."),
    Action("theme", "f5", "Theme", "Choose colours, with a preview."),
    Action("answer-now", "f6", "Answer now", "Stop thinking and answer."),
    Action("details", "f7", "Details", "The model, its memory, this turn's figures."),
    Action("settings", "f8", "Settings", "Everything that can be set."),
    Action("new", "ctrl+n", "New conversation", "Begin anew; the old one stays saved."),
    Action("sessions", "ctrl+o", "Sessions", "Find, open, rename or delete a conversation."),
    Action("examples", "alt+v", "Examples", "Play a recorded conversation that came with the app."),
    Action("replay", "", "Replay", "Play this conversation again, as it happened."),
    Action("fork", "", "Copy session", "Go on in a copy, up to the message browsed."),
    Action("private", "", "Private", "Begin a conversation of which nothing is kept; again ends."),
    Action("fold", "ctrl+t", "Fold thinking", "Collapsed, its end, or all of it."),
    Action(
        "interrupt", "escape", "Interrupt", "Stop the answer; what was said is kept.", slash=False
    ),
    Action("browse", "ctrl+b", "Browse messages", "Go through messages; {help} lists the keys."),
    Action("copy", "ctrl+y", "Copy answer", "The last answer as Markdown, or what is selected."),
    Action("copy-code", "alt+y", "Copy code", "A code block of the last answer."),
    Action("copy-all", "", "Copy conversation", "The whole conversation as Markdown."),
    Action("regenerate", "alt+r", "Regenerate", "Another answer beside this one."),
    Action("continue", "alt+g", "Continue", "Go on with an answer that was cut."),
    Action("edit", "alt+e", "Edit last message", "Ask in other words; both stay."),
    Action("edit-copy", "alt+k", "Edit in a copy", "Send your edit in a copy of the session."),
    Action("undo", "alt+u", "Undo last turn", "Step back; it stays on its branch."),
    Action("branch", "alt+b", "Next branch", "The next alternative of the last fork."),
    Action("branch-before", "", "Branch before", "The alternative before this one."),
    Action("findings", "f9", "Findings", "What the bug finder found; choose one to go there."),
    Action("open", "alt+j", "Open at the line", "The finding's line in $EDITOR, or shown here."),
    Action("copy-fix", "alt+f", "Copy FIX", "The finding's FIX line."),
    Action("explain", "alt+x", "Explain", "Why it is wrong, in the model's words."),
    Action("suggest", "alt+p", "Suggest a patch", "The correction as a diff, checked to apply."),
    Action("apply", "", "Apply the patch", "Change the file; asks first, and can be undone."),
    Action("allow", "alt+a", "Allow once", "Say yes to what the agent asks."),
    Action("allow-session", "alt+l", "Allow for this session", "Yes, until you leave."),
    Action("allow-always", "alt+w", "Always allow", "Yes, from now on."),
    Action("deny", "alt+d", "Refuse", "Say no; what is typed is the reason."),
    Action("sparkline", "alt+s", "Speed over the turn", "Tokens a second as a sparkline."),
    Action("history", "ctrl+r", "History", "Search what you sent before."),
    Action("editor", "ctrl+g", "Editor", "Write the message in $EDITOR."),
    Action("unfold", "alt+o", "Open pastes", "Show folded pastes in full, to edit them."),
    Action("rename", "", "Rename", "Give this conversation a title."),
    Action("suspend", "ctrl+z", "Suspend", "Into the shell's background; fg brings it back."),
    Action("quit", "ctrl+q", "Quit", "Save and leave."),
    Action("page-up", "pageup", "Page up", "Read back.", slash=False),
    Action("page-down", "pagedown", "Page down", "Read on.", slash=False),
    Action("line-up", "ctrl+up", "Line up", "Read back.", slash=False),
    Action("line-down", "ctrl+down", "Line down", "Read on.", slash=False),
    Action("start", "ctrl+home", "First message", "Where it began.", slash=False),
    Action("end", "ctrl+end", "Newest message", "Follow the end again.", slash=False),
)

_ELSEWHERE: dict[str, tuple[tuple[str, ...], ...]] = {
    "composer": (
        ("send", "enter", "Send", "While the model is busy it waits its turn."),
        ("newline", "ctrl+j,shift+enter,alt+enter", "New line"),
        ("undo", "ctrl+underscore,ctrl+slash", "Undo typing"),
        ("redo", "alt+underscore,alt+slash", "Redo typing"),
        ("sent-before", "up", "Sent before", "From the first line; also takes back what waits."),
        ("sent-after", "down", "Sent after", "From the last line."),
    ),
    "offers": (
        ("take", "tab,enter", "Take what is offered"),
        ("up", "up", "Offer above"),
        ("down", "down", "Offer below"),
        ("close", "escape", "Close the offers"),
    ),
    "transcript": (
        ("before", "up,k", "Message before"),
        ("next", "down,j", "Next message"),
        ("first", "home", "Browse from the first message"),
        ("newest", "end", "Browse from the newest message"),
        ("select-up", "shift+up", "Select up"),
        ("select-down", "shift+down", "Select down"),
        ("select-left", "shift+left", "Select left"),
        ("select-right", "shift+right", "Select right"),
        ("unfold", "space,enter", "Fold or unfold"),
        ("edit", "e", "Edit"),
        ("regenerate", "r", "Regenerate"),
        ("copy", "y", "Copy"),
        ("copy-code", "c", "Copy code"),
        ("branch", "right_square_bracket,n", "Next branch"),
        ("branch-before", "left_square_bracket,p", "Branch before"),
        ("open", "o", "Open at the line"),
        ("copy-fix", "f", "Copy FIX"),
        ("explain", "x", "Explain"),
        ("suggest", "s", "Suggest a patch"),
        ("apply", "a", "Apply the patch"),
    ),
    "lists": (
        ("choose", "enter", "Choose"),
        ("close", "escape", "Close"),
        ("up", "up", "Up"),
        ("down", "down", "Down"),
        ("page-up", "pageup", "Page up"),
        ("page-down", "pagedown", "Page down"),
    ),
    "setting-list": (("reset", "delete,backspace", "Back to the default"),),
    "session-list": (
        ("rename", "f2", "Rename"),
        ("pin", "f3", "Pin or unpin"),
        ("export", "f4", "Export"),
        ("replay", "f9", "Play again"),
        ("delete", "delete,ctrl+delete", "Throw away"),
        ("undo", "ctrl+z", "Bring back"),
        ("read-on", "shift+down", "Read on"),
        ("read-back", "shift+up", "Read back"),
    ),
    "player": (
        ("pause", "space", "Pause or go on"),
        ("back", "left", "Back 5 s"),
        ("on", "right", "On 5 s"),
        ("next-turn", "n", "Next turn"),
        ("turn-before", "p", "Turn before"),
        ("step", "full_stop", "One record"),
        ("faster", "plus,equals_sign", "Faster"),
        ("slower", "minus", "Slower"),
        ("start", "home", "To the start"),
        ("end", "end", "To the end"),
        ("line-up", "up", "Line up"),
        ("line-down", "down", "Line down"),
        ("page-up", "pageup", "Page up"),
        ("page-down", "pagedown", "Page down"),
        ("fold", "ctrl+t,t", "Fold thinking"),
        ("quit", "q,escape", "End the replay"),
    ),
    "sheet": (
        ("close", "escape,q,enter", "Close"),
        ("up", "up", "Up"),
        ("down", "down", "Down"),
        ("page-up", "pageup", "Page up"),
        ("page-down", "pagedown,space", "Page down"),
    ),
    "app": (
        ("palette", "ctrl+p", "Command palette", "Everything that can be done here, by typing."),
        (
            "stop-or-quit",
            "ctrl+c",
            "Stop or quit",
            "Close this, stop the answer, empty the message, leave.",
        ),
    ),
}
"""Place, then name, keys, title and help of what is not a command."""

PLACES = {
    "": "The chat",
    "composer": "Writing",
    "offers": "While commands or files are offered",
    "transcript": "Browsing messages",
    "lists": "In lists",
    "setting-list": "In the list of settings",
    "session-list": "In the list of sessions",
    "player": "In a replay",
    "sheet": "On a sheet of text",
    "app": "Everywhere",
}
"""What each place is called."""


def _all() -> Iterator[Action]:
    yield from CHAT
    for place, actions in _ELSEWHERE.items():
        for name, keys, title, *more in actions:
            yield Action(name, keys, title, "".join(more), slash=False, place=place)


ACTIONS = tuple(_all())

BY_ID = {action.id: action for action in ACTIONS}

EVERYWHERE = frozenset({"help", "quit", "app.palette", "app.stop-or-quit"})
"""Their keys count on every screen."""

_TOGETHER = (
    {"", "composer"},
    {"", "offers"},
    {"", "transcript"},
    {"lists", "setting-list"},
    {"lists", "session-list"},
)
"""Places whose keys count at the same time."""


_ONE_KEY = {"interrupt", "offers.close"}
"""The interrupt closes what is offered before it stops anything."""


def meet(one: Action, other: Action) -> bool:
    """Whether the keys of both count at the same time."""
    if {one.id, other.id} == _ONE_KEY:
        return False
    return (
        one.place == other.place
        or one.id in EVERYWHERE
        or other.id in EVERYWHERE
        or {one.place, other.place} in _TOGETHER
    )
