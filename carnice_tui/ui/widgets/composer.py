"""Where you type: a text area that sends with Enter."""

import re
from typing import ClassVar, TypeVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from carnice_tui.ui.bound import bound
from carnice_tui.ui.enduring import Enduring
from carnice_tui.ui.keys import keys_heard
from carnice_tui.ui.widgets.chips import Chips
from carnice_tui.ui.widgets.inorder import run_own_binding
from carnice_tui.ui.widgets.kept import KeepsLines
from carnice_tui.ui.widgets.safely import ShowsSafely
from carnice_tui.ui.widgets.vim import Vim
from carnice_tui.ui.words import placeholder

_WORD = re.compile(r'(?:^|(?<=\s))@(?:"([^"]*)|([^\s"]\S*)?)$')

_STEERS = {
    "offers.take": "take",
    "offers.up": "up",
    "offers.down": "down",
    "offers.close": "close",
}
_SENT = {"composer.sent-before": -1, "composer.sent-after": 1}
_Meant = TypeVar("_Meant")


# A text area overrides two methods of Textual's widget in ways that do not fit it.
class Composer(Enduring, KeepsLines, ShowsSafely, TextArea):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A multi-line editor. What it holds is kept exactly; what it shows is made safe."""

    DEFAULT_CSS = """
    Composer {
        height: auto; min-height: 1; max-height: 33vh; width: 1fr;
        border: none; border-left: outer $accent; padding: 0 1; background: $surface;
        scrollbar-size-vertical: 1;
    }
    Composer.-normal { border-left: outer $primary; }
    Composer .text-area--placeholder { color: $text-muted; }
    Composer:dark .text-area--cursor, Composer:light .text-area--cursor {
        color: $background; background: $foreground; text-style: none;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # Not priority: those overtake the keys typed just before them (see `inorder`).
        bound("composer.send", "submit"),
        bound("composer.newline", "newline"),
        # As in readline: Ctrl+Z suspends, and Ctrl+Y copies.
        bound("composer.undo", "undo"),
        bound("composer.redo", "redo"),
    ]
    HEARD: ClassVar[dict[str, str]] = {
        "composer.sent-before": "sent(-1)",
        "composer.sent-after": "sent(1)",
        "offers.take": "steer('take')",
        "offers.up": "steer('up')",
        "offers.down": "steer('down')",
        "offers.close": "steer('close')",
    }
    """Actions whose keys move the cursor, or send, at all other times."""

    class Submitted(Message):
        """Something is to be sent."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The cursor would leave the text: upwards (-1) or downwards (1)."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Steered(Message):
        """A key for what is offered above: "up", "down", "take" or "close"."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self) -> None:
        super().__init__(
            id="composer",
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            compact=True,
            placeholder=placeholder("chat"),
            highlight_cursor_line=False,
        )
        self.offering = False
        """Whether something is offered above: then some keys steer that."""
        self._chips = Chips()
        self._vim: Vim | None = None

    def use_vim_keys(self, *, wanted: bool) -> None:
        """Take vi's keys, or leave them; typing goes on as before until Esc."""
        if wanted != (self._vim is not None):
            self._vim = Vim(self, self._mode_changed) if wanted else None
            self._mode_changed()

    @property
    def mode(self) -> str:
        """The mode of vi's keys, "" without them."""
        if self._vim is None:
            return ""
        return "NORMAL" if self._vim.normal else "INSERT"

    def take_escape(self) -> bool:
        """Whether Esc was for vi's keys."""
        return self.has_focus and self._vim is not None and self._vim.escape()

    def _mode_changed(self) -> None:
        self.set_class(self.mode == "NORMAL", "-normal")

    @property
    def whole_text(self) -> str:
        """The text with every paste in its place."""
        return self._chips.whole(self.text)

    def load(self, text: str) -> None:
        """Put `text` in, the cursor behind it. What stood there comes back with Ctrl+_."""
        self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)

    def edit(self, edit: Edit) -> EditResult:
        """Any change goes through here; a chip is changed as a whole."""
        return super().edit(self._chips.spared(edit, self.document))

    def word(self) -> tuple[str, str]:
        """What is being completed: ("/", start of a command) or ("@", start of a path)."""
        row, column = self.cursor_location
        line = self.document.get_line(row)[:column]
        if row == 0 and line.startswith("/") and " " not in line:
            return "/", line[1:]
        if found := _WORD.search(line):
            return "@", found[1] or found[2] or ""
        return "", ""

    def complete(self, sign: str, value: str) -> None:
        """Put `value` in the place of what is being completed, in quotes where it has blanks."""
        row, column = self.cursor_location
        begun = _WORD.search(self.document.get_line(row)[:column])
        quoted = f'"{value}"' if any(map(str.isspace, value)) else value
        self.replace(f"{sign}{quoted} ", (row, begun.start() if begun else 0), (row, column))

    def action_submit(self) -> None:
        """Send what is typed."""
        text = self.whole_text
        if text.strip():
            self.post_message(self.Submitted(text))

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def unfold(self) -> None:
        """Open every folded paste in place."""
        self.load(self.whole_text)

    def check_action(
        self,
        action: str,
        parameters: tuple[object, ...],  # noqa: ARG002 - Textual's
    ) -> bool | None:
        """Nothing is steered where nothing is offered."""
        return action != "steer" or self.offering

    def action_steer(self, key: str) -> None:
        """Do "up", "down", "take" or "close" with what is offered."""
        self.post_message(self.Steered(key))

    def action_sent(self, step: int) -> None:
        """What was sent before (-1), or after that (1)."""
        self.post_message(self.Left(step))

    async def _on_key(self, event: events.Key) -> None:
        if self.offering and (steers := _heard(event.key, _STEERS)):
            self._take(event)
            self.action_steer(steers)
            return
        if self._vim is not None and self._vim.key(event.key, event.character):
            self._take(event)
            return
        if (step := _heard(event.key, _SENT)) and self._at_edge(event.key):
            self._take(event)
            self.action_sent(step)
            return
        if not await run_own_binding(self, event):
            await super()._on_key(event)

    def _take(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()

    def _at_edge(self, key: str) -> bool:
        """Whether `key` cannot move the cursor any further that way; most never could."""
        if key not in ("up", "down"):
            return True
        if not self.selection.is_empty:
            return False
        return self.cursor_at_first_line if key == "up" else self.cursor_at_last_line

    async def _on_paste(self, event: events.Paste) -> None:
        """Line ends as everywhere, all else exactly as pasted; what is long is folded."""
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        self.insert(self._chips.folded(text))


def _heard(key: str, actions: dict[str, _Meant]) -> _Meant | None:
    """What the action means that `key` is for, if it is for any of `actions`."""
    return next((meant for one, meant in actions.items() if key in keys_heard(one)), None)
