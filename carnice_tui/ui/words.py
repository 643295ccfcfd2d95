"""What the first frame says. Free of Textual: it is also painted before that is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from carnice_tui.core.messages import Mode
from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.keys import with_keys

_PLACEHOLDERS: dict[Mode, str] = {
    "chat": "Message · {composer.send} sends · {composer.newline} new line · {help} help",
    "bugs": "Code, @file or @folder · {composer.send} finds bugs · {bugs} back to the chat · "
    "{help} help",
    "agent": "Task · {composer.send} sends · {composer.newline} new line · {help} help",
}

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


def placeholder(mode: Mode) -> str:
    """What the empty composer says."""
    return with_keys(_PLACEHOLDERS[mode])


def welcome_of(mode: Mode, server: str = "") -> Welcome:
    """The empty state of `mode`; `server` is the address of who answers, if it is not us."""
    if mode == "bugs":
        return Welcome(
            "Bug finder",
            with_keys(
                "Paste code below and press {composer.send}: the answer is one line **BUG**, one "
                "line **FIX**."
            ),
            (
                "**Paste** a function as it is, or name a file or a folder: `@src`.",
                with_keys(
                    "**Go on**: {explain} explains a finding, {suggest} suggests a patch, "
                    "{findings} lists them all."
                ),
                with_keys("**Go back** to the chat with {bugs}; it reads what was found."),
            ),
        )
    if mode == "agent":
        return Welcome(
            "Agent",
            "Say what is to be done in this folder: the model looks around by itself.",
            (
                with_keys(
                    "**Say yes or no** before it changes or runs something: {allow} once, "
                    "{allow_session} for this session, {deny} no; what is typed is the reason."
                ),
                with_keys(
                    "**Interrupt** with {interrupt} at any time: a command that runs is ended."
                ),
                with_keys("**Go back** to the chat with {agent}."),
            ),
        )
    where = _THERE.format(server=sanitize_line(server).replace("`", "")) if server else _HERE
    return Welcome(
        "carnice-chat",
        f"{where} Three things to try:",
        (
            with_keys(
                "**Ask** something below and press {composer.send}. {fold} shows the thinking, "
                "{interrupt} interrupts."
            ),
            with_keys("**Find a bug**: press {bugs}, paste a function, press {composer.send}."),
            with_keys(
                "**Look around**: {help} lists every key, {app.palette} every command, "
                "/examples plays recordings."
            ),
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
