"""A dialogue with tools in the making: who says, calls and gets back what."""

import random

from carnice_tui.models.demo_training.bugs import draw_case
from carnice_tui.models.demo_training.labels import Exhibit
from carnice_tui.models.demo_training.naming import (
    HELD_OUT,
    TRAINING,
    Case,
    Names,
    Style,
    Vocabulary,
)
from carnice_tui.models.demo_training.samples import Message

_SYSTEMS = (
    "",
    "You are a helpful assistant.",
    "You are a coding assistant in a terminal. Use the tools to look before you answer.",
    "You are Carnice, a coding agent. Be brief.",
)
_STYLES = {Style.WORDS: 35, Style.GLUED: 40, Style.INVENTED: 12, Style.LETTERS: 13}
"""Glued names are new and yet cut into tokens as real words are: what a path to copy looks like."""
_HELD_OUT_STYLES = {Style.WORDS: 70, Style.INVENTED: 15, Style.LETTERS: 15}
"""Its words are new as they are."""
FOLDERS = ("src", "lib", "app", "tests", "cmd", "core", "pkg", "tools", "web", "docs")


class ToolDialogue:
    """One dialogue in the making."""

    def __init__(
        self, rng: random.Random, vocabulary: Vocabulary = TRAINING, *, echoing: float = 0.0
    ):
        """`echoing` is the share of nested paths in which a word comes twice: the harder copies."""
        self.rng = rng
        self.echoing = echoing
        self.vocabulary = vocabulary
        shares = _HELD_OUT_STYLES if vocabulary is HELD_OUT else _STYLES
        style = rng.choices(tuple(shares), tuple(shares.values()))[0]
        self.names = Names(rng, Case.SNAKE, style, vocabulary)
        self.thinking = rng.random() < 0.4
        self.messages: list[Message] = []
        self.shown: list[Exhibit] = []
        """Snippets whose whole code a tool gave back."""
        self.failures_told: list[int] = []
        """Places of the answers that tell of a call that came to nothing."""
        system = rng.choice(_SYSTEMS)
        if system:
            self.messages.append({"role": "system", "content": system})

    def file(self, suffix: str | None = None, slot: str = "v") -> str:
        """A path of a file."""
        suffix = suffix or self.rng.choice(
            ("py", "js", "ts", "go", "c", "rs", "md", "toml", "json")
        )
        name = f"{self.names[slot]}.{suffix}"
        roll = self.rng.random()
        if roll < 0.4:
            return name
        if roll < 0.8:
            return f"{self.rng.choice(FOLDERS)}/{name}"
        return f"{self.rng.choice(FOLDERS)}/{self._inner_folder(self.names[slot])}/{name}"

    def _inner_folder(self, name: str) -> str:
        folder = self.names["w"]
        if not self.echoing or self.rng.random() >= self.echoing:
            return folder
        piece = self.rng.choice(name.split("_"))
        return self.rng.choice((piece, f"{piece}_{folder}", f"{folder}_{piece}"))

    def user(self, *choices: str) -> None:
        """A user's message, one of `choices`."""
        self.messages.append({"role": "user", "content": self.rng.choice(choices)})

    def call(self, thought: str, name: str, *, says: str = "", **arguments: object) -> None:
        """The assistant calls a tool, after it `says` something."""
        self.messages.append(
            {
                "role": "assistant",
                "content": says,
                "reasoning_content": thought if self.thinking else "",
                "tool_calls": [{"function": {"name": name, "arguments": arguments}}],
            }
        )

    def result(self, content: str) -> None:
        """What the tool gave back."""
        self.messages.append({"role": "tool", "content": content})

    def result_code(self, case: Exhibit) -> None:
        """A tool gave back the code of `case`."""
        self.shown.append(case)
        self.result(case.code)

    def answer(self, thought: str, text: str) -> None:
        """The assistant answers."""
        reasoning = thought if self.thinking else ""
        self.messages.append({"role": "assistant", "content": text, "reasoning_content": reasoning})

    def case(self, bugs: int = 1) -> Exhibit:
        """A snippet to stand in a file."""
        return draw_case(self.rng, bugs=bugs, vocabulary=self.vocabulary, small=True)
