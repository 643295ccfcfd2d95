"""Widgets whose words are text: what comes from outside cannot style itself or become a link.

Textual's own take a string for markup unless they are told otherwise, each time.
"""

from textual.content import Content
from textual.widgets import Label, Static


class PlainLabel(Label):
    """A line or a few of them; a string is shown as it stands."""

    def __init__(
        self, content: str | Content = "", *, name: str | None = None, id: str | None = None
    ) -> None:
        super().__init__(content, markup=False, name=name, id=id)


class PlainStatic(Static):
    """A body of text; a string is shown as it stands."""

    def __init__(
        self, content: str | Content = "", *, name: str | None = None, id: str | None = None
    ) -> None:
        super().__init__(content, markup=False, name=name, id=id)
