"""Chips: long pastes folded into a few characters, which are edited as if they were one."""

import re
from dataclasses import replace

from textual.widgets.text_area import DocumentBase, Edit, Location

FOLDED_CHARACTERS, FOLDED_LINES = 1_000, 10
"""Pastes beyond either are folded into a chip."""

_CHIP = re.compile(r"⟦paste (\d+) · [\d,]+ lines⟧")


class Chips:
    """The pastes that were folded, and what stands for each of them."""

    def __init__(self) -> None:
        self._pastes: list[str] = []

    def folded(self, text: str) -> str:
        """`text`, or the chip that stands for it from now on where it is long."""
        lines = text.count("\n") + 1
        if len(text) <= FOLDED_CHARACTERS and lines <= FOLDED_LINES:
            return text
        self._pastes.append(text)
        return f"⟦paste {len(self._pastes)} · {lines:,} lines⟧"

    def whole(self, text: str) -> str:
        """`text` with every paste in its place."""
        return _CHIP.sub(self._paste_of, text)

    def spared(self, edit: Edit, document: DocumentBase) -> Edit:
        """`edit`, but of a chip that it would cut nothing is left, and nothing is written into it.

        What remained would be sent as it stands there, and the paste would be lost.
        """
        start, end = sorted((edit.from_location, edit.to_location))
        if start == end:
            around = self._around(document, start)
            start = end = around[1] if around else start
        else:
            start = (self._around(document, start) or (start,))[0]
            end = (self._around(document, end) or (end,))[-1]
        return replace(edit, from_location=start, to_location=end)

    def _around(self, document: DocumentBase, place: Location) -> tuple[Location, Location] | None:
        """Both ends of the chip that `place` is in the middle of."""
        row, column = place
        for chip in _CHIP.finditer(document.get_line(row)):
            if chip.start() < column < chip.end() and self._is_ours(chip):
                return (row, chip.start()), (row, chip.end())
        return None

    def _paste_of(self, chip: "re.Match[str]") -> str:
        return self._pastes[int(chip[1]) - 1] if self._is_ours(chip) else chip[0]

    def _is_ours(self, chip: "re.Match[str]") -> bool:
        return 0 < int(chip[1]) <= len(self._pastes)
