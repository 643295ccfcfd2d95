"""The list in every screen that has one."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from carnice_tui.ui.bound import bound


class Choices(OptionList):
    """Lines of which one is highlighted; what they say is text and never markup."""

    # In the place of Textual's own, which would go on working where the settings give others.
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("lists.choose", "select"),
        bound("lists.up", "cursor_up"),
        bound("lists.down", "cursor_down"),
        bound("lists.page-up", "page_up"),
        bound("lists.page-down", "page_down"),
    ]

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)

    def fill(self, lines: Iterable[Content]) -> None:
        """List these in the place of what there is; none is highlighted."""
        self.clear_options()
        self.add_options(Option(line) for line in lines)

    def move(self, step: int) -> None:
        """Let the highlight go on by `step` lines, no further than the ends."""
        if self.option_count:
            at = (self.highlighted or 0) + step
            self.highlighted = max(0, min(self.option_count - 1, at))
