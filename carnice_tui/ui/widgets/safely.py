"""Editors that show what they hold safely."""

from typing import TYPE_CHECKING

from rich.text import Text

from carnice_tui.core.sanitize import is_safe, sanitize

if TYPE_CHECKING:
    from textual.widgets import TextArea as _Base
else:
    _Base = object  # a widget among the bases would hide the stylesheet of the other


class ShowsSafely(_Base):
    """To be named before a text area: what it holds is kept exactly, and shown in pictures."""

    def get_line(self, line_index: int) -> Text:
        """A line as it is shown: control characters as pictures, one for one."""
        line = super().get_line(line_index)
        if is_safe(line.plain):
            return line
        return Text(sanitize(line.plain), end="", no_wrap=True)
