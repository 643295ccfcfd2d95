"""Widgets that keep their painted lines until something about them changes.

Textual's compositor asks every widget on the screen for all its lines at every update, also
where only one line of another widget is new (textual/_compositor.py, `_get_renders`: the clip
of a widget is the screen). While an answer streams that is most of what is painted.
"""

from typing import TYPE_CHECKING, Self

from textual.geometry import Region
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object  # a widget among the bases would hide the stylesheet of the other


class KeepsLines(_Base):
    """To be named before the widget class whose lines are kept."""

    _kept: tuple[Region, list[Strip]] | None = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Something has changed: paint anew."""
        self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they were, or painted anew."""
        if self._kept is None or self._kept[0] != crop:
            self._kept = (crop, super().render_lines(crop))
        return self._kept[1]
