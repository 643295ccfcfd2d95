"""What the first frame says. Free of Textual: it is also painted before that is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from carnice_tui.core.messages import Mode
from carnice_tui.core.sanitize import sanitize_line

PLACEHOLDERS: dict[Mode, str] = {
    "chat": "Message · Enter sends · Ctrl+J new line · F1 help",
    "bugs": "Code, @file or @folder · Enter finds bugs · F2 back to the chat · F1 help",
    "agent": "Task · Enter sends · Ctrl+J new line · F1 help",
}
"""What the empty composer says."""

STARTING = "starting the engine"

_HERE = "Your model runs on this machine; nothing you write leaves it."
_THERE = "A server answers: what you write goes to `{server}`."


@dataclass(frozen=True)
class Welcome:
    """The empty state: a heading, a line, and three things to try, all in Markdown."""

    heading: str
    text: str
    steps: tuple[str, str, str]

    @property
    def source(self) -> str:
        """All of it as Markdown."""
        steps = "".join(f"{number}. {step}\n" for number, step in enumerate(self.steps, 1))
        return f"# {self.heading}\n\n{self.text}\n\n{steps}"


def welcome_of(mode: Mode, server: str = "") -> Welcome:
    """The empty state of `mode`; `server` is the address of who answers, if it is not us."""
    if mode == "bugs":
        return Welcome(
            "Bug finder",
            "Paste code below and press Enter: the answer is one line **BUG**, one line **FIX**.",
            (
                "**Paste** a function as it is, or name a file or a folder: `@src`.",
                "**Go on**: Alt+X explains a finding, Alt+P suggests a patch, F9 lists them all.",
                "**Go back** to the chat with F2; it reads what was found.",
            ),
        )
    if mode == "agent":
        return Welcome(
            "Agent",
            "Say what is to be done in this folder: the model looks around by itself.",
            (
                "**Say yes or no** before it changes or runs something: Alt+A once, Alt+L for this "
                "session, Alt+D no; what is typed is the reason.",
                "**Interrupt** with Esc at any time: a command that runs is ended.",
                "**Go back** to the chat with Alt+T.",
            ),
        )
    where = _THERE.format(server=sanitize_line(server).replace("`", "")) if server else _HERE
    return Welcome(
        "carnice-chat",
        f"{where} Three things to try:",
        (
            "**Ask** something below and press Enter. Ctrl+T shows the thinking, Esc interrupts.",
            "**Find a bug**: press F2, paste a function, press Enter.",
            "**Look around**: F1 lists every key, Ctrl+P every command, "
            "/examples plays recordings.",
        ),
    )


def short_name(model: str) -> str:
    """A model's name without its folder or its owner."""
    return sanitize_line(model).rstrip("/").rsplit("/", 1)[-1]


def standing(
    model: str, doing: str, mode: Mode, thinking: str, *, marks: Sequence[str] = ()
) -> list[str]:
    """The left half of the status line: who answers, what is being done, and how."""
    return [
        short_name(model),
        *([doing] if doing else []),
        *({"chat": [], "bugs": ["bug finder"], "agent": ["agent"]}[mode]),
        *marks,
        f"thinking {thinking}",
    ]


def status_text(left: Sequence[str], right: Sequence[str], width: int) -> str:
    """The status line in `width` cells: what is last on the right is left out first."""
    kept = list(right)
    while kept and len(" · ".join(left)) + len(" · ".join(kept)) + 2 > width:
        kept.pop()
    shown, figures = " · ".join(left), " · ".join(kept)
    if len(shown) > width:
        shown = shown[: max(0, width - 1)] + "…"
    return shown + " " * max(1, width - len(shown) - len(figures)) + figures
