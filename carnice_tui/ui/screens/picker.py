"""A list to choose from, narrowed by what is typed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.widgets.choices import Choices
from carnice_tui.ui.widgets.inorder import Field
from carnice_tui.ui.widgets.plain import PlainLabel

PREVIEW_AFTER = 0.12
"""Seconds the highlight rests before a preview is shown."""

SHOWN = 300
"""Choices listed at once; typing finds the others."""

LIST_KEYS = (
    bound("lists.close", "leave", overtakes=True),
    bound("lists.down", "move(1)", overtakes=True),
    bound("lists.up", "move(-1)", overtakes=True),
    bound("lists.page-down", "move(10)", overtakes=True),
    bound("lists.page-up", "move(-10)", overtakes=True),
)
"""The keys of a screen with a list: they steer it while one types in the field above."""


@dataclass(frozen=True)
class Choice:
    """One line: what it stands for, what it says, and a note beside it.

    `columns` is the line ready made, where it has columns that line up; its text is safe.
    """

    id: str
    label: str
    note: str = ""
    columns: Content | None = None


class Picker(Enduring, ModalScreen[str | None]):
    """Gives the id of what was chosen; what was typed where `free` allows it; None for Esc."""

    DEFAULT_CSS = """
    Picker { align: center middle; background: $background 60%; }
    Picker > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        background: $panel; color: $foreground;
    }
    Picker Label { width: 1fr; color: $primary; text-style: bold; }
    Picker Input { background: $surface; }
    Picker OptionList { border: none; height: auto; max-height: 18; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*LIST_KEYS]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        chosen: str = "",
        free: str = "",
        typed: str = "",
        preview: Callable[[str], None] | None = None,
    ) -> None:
        """`free`: what typing something that is not listed would mean. `typed`: what stands there
        at first, to be changed."""
        super().__init__()
        self._title = title
        self._choices = list(choices)
        self._chosen = chosen
        self._free = free
        self._preview = preview
        self._fuzzy = FuzzySearch()
        self._timer: Timer | None = None
        self._found: list[Choice] = []
        # Held, not looked up: what is told of a list may come when the screen is gone.
        self._field = Field(typed, placeholder=free or "Type to narrow", compact=True)
        self._list = Choices()

    def compose(self) -> ComposeResult:
        """Title, what is typed, the list."""
        with Vertical():
            yield PlainLabel(self._title)
            yield self._field
            yield self._list

    def on_mount(self) -> None:
        """List everything, what is chosen now highlighted."""
        self._show_matching("")
        self.highlight(self._chosen)
        self._field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._show_matching(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is highlighted, or what is typed."""
        event.stop()
        at = self._list.highlighted
        if at is not None and self._found:
            self.take(self._found[at].id)
        elif self._free and event.value.strip():
            self.take(event.value.strip())

    def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """A click takes."""
        event.stop()
        self.take(self._found[event.option_index].id)

    def take(self, chosen: str) -> None:
        """Close with what was chosen."""
        self.dismiss(chosen)

    def offer(self, choices: Sequence[Choice]) -> None:
        """List others from now on; what is highlighted stays so where it is among them."""
        before = self.highlighted()
        self._choices = list(choices)
        self._show_matching(self._field.value)
        self.highlight(before or self._chosen)

    def highlighted(self) -> str:
        """The id of the highlighted choice, "" if there is none."""
        at = self._list.highlighted
        return self._found[at].id if at is not None and at < len(self._found) else ""

    def highlight(self, choice: str) -> None:
        """Go to a choice by its id, if it is listed."""
        ids = [one.id for one in self._found]
        if choice in ids:
            self._list.highlighted = ids.index(choice)

    def on_option_list_option_highlighted(self, event: Choices.OptionHighlighted) -> None:
        """Show what it would be like, once the highlight rests."""
        event.stop()
        if self._preview is None or event.option_index >= len(self._found):
            return
        if self._timer is not None:
            self._timer.stop()
        choice = self._found[event.option_index].id
        preview = self._preview
        self._timer = self.set_timer(PREVIEW_AFTER, lambda: preview(choice))

    def action_move(self, step: int) -> None:
        """The highlight goes on."""
        self._list.move(step)

    def action_leave(self) -> None:
        """Nothing is chosen."""
        if self._timer is not None:
            self._timer.stop()
        self.dismiss(None)

    def _show_matching(self, typed: str) -> None:
        self._found = self._matching(typed)[:SHOWN]
        self._list.fill(map(_prompt, self._found))
        if self._found:
            self._list.highlighted = 0

    def _matching(self, typed: str) -> list[Choice]:
        if not typed.strip():
            return self._choices
        scored = [
            (self._fuzzy.match(typed, f"{choice.label} {choice.note}")[0], -index, choice)
            for index, choice in enumerate(self._choices)
        ]
        return [c for score, _, c in sorted(scored, key=lambda s: s[:2], reverse=True) if score]


def _prompt(choice: Choice) -> Content:
    if choice.columns is not None:
        return choice.columns
    label = Content(sanitize_line(choice.label))
    if not choice.note:
        return label
    return Content.assemble(label, Content.styled(f"  {sanitize_line(choice.note)}", "$text-muted"))
