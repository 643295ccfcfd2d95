"""Vim's keys for a text area: insert and normal mode, motions, operators, counts."""

from collections.abc import Callable

from textual.document._document import Location
from textual.widgets import TextArea

from carnice_tui.ui.widgets.vim_motions import MOTIONS, WHOLE_LINES, Motion, first_letter

_INSERTS = "iaIAoO"
_OPERATORS = "dcy"
_SHORT = {"x": "dl", "X": "dh", "D": "d$", "C": "c$", "Y": "yy", "s": "cl", "S": "cc"}
"""Keys that stand for others."""

_KEY_NAMES = {"left": "h", "right": "l", "up": "k", "down": "j", "home": "0", "end": "$"}


class Vim:
    """Holds the mode and what was typed of a command; edits `area`."""

    def __init__(self, area: TextArea, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called when the mode is another."""
        self._area = area
        self._changed = changed
        self.normal = False
        self._count = ""
        self._operator = ""
        self._g = False
        self._register = ""

    def escape(self) -> bool:
        """Leave insert mode, or give a half-typed command up; whether there was either."""
        busy = not self.normal or bool(self._count or self._operator or self._g)
        if not self.normal:
            row, column = self._area.cursor_location
            self._area.move_cursor((row, max(0, column - 1)))
        self._set(normal=True)
        return busy

    def key(self, key: str, character: str | None) -> bool:
        """Take a key in normal mode; whether it was one of ours."""
        typed = _KEY_NAMES.get(key) or character
        if not self.normal or not typed or not typed.isprintable() or len(typed) != 1:
            return False
        for one in _SHORT.get(typed, typed) if not self._operator else typed:
            self._take(one)
        return True

    def _take(self, key: str) -> None:
        if key.isdigit() and (self._count or key != "0"):
            self._count += key
            return
        if key == "g" and not self._g:
            self._g = True
            return
        name = f"g{key}" if self._g else key
        self._g = False
        if self._operator:
            self._operate(self._operator, name)
        elif name in _OPERATORS:
            self._operator = name
            return
        elif motion := MOTIONS.get(name):
            row, column = self._target(motion)
            self._area.move_cursor((row, min(column, max(0, len(self._line(row)) - 1))))
        elif name in _INSERTS:
            self._insert(name)
        elif name in "pP":
            self._put(after=name == "p")
        elif name == "u":
            self._area.undo()
        elif name == "J":
            self._join()
        self._count = self._operator = ""

    def _insert(self, how: str) -> None:
        row, column = self._area.cursor_location
        line = self._line(row)
        match how:
            case "a":
                self._area.move_cursor((row, min(len(line), column + 1)))
            case "I":
                self._area.move_cursor((row, first_letter(line)))
            case "A":
                self._area.move_cursor((row, len(line)))
            case "o":
                self._area.insert("\n", (row, len(line)))
                self._area.move_cursor((row + 1, 0))
            case "O":
                self._area.insert("\n", (row, 0))
                self._area.move_cursor((row, 0))
            case _:
                pass
        self._set(normal=False)

    def _operate(self, operator: str, name: str) -> None:
        start = self._area.cursor_location
        if name == operator:
            last = min(start[0] + self._times() - 1, self._area.document.line_count - 1)
            self._whole_lines(operator, start[0], last)
            return
        # `cw` changes to the end of the word, as vi does.
        motion = MOTIONS.get("e" if (operator, name) == ("c", "w") else name)
        if motion is None:
            return
        target = self._target(motion)
        first, last = min(start, target), max(start, target)
        if name in WHOLE_LINES:
            self._whole_lines(operator, first[0], last[0])
            return
        if motion.inclusive or (operator, name) == ("c", "w"):
            last = (last[0], min(len(self._line(last[0])), last[1] + 1))
        elif name == "w" and last[0] > first[0]:
            last = (first[0], len(self._line(first[0])))
        self._register = self._area.get_text_range(first, last)
        if operator != "y":
            self._area.delete(first, last)
        self._area.move_cursor(first)
        if operator == "c":
            self._set(normal=False)

    def _whole_lines(self, operator: str, first: int, last: int) -> None:
        self._register = "".join(f"{self._line(row)}\n" for row in range(first, last + 1))
        if operator == "c":
            self._area.delete((first, 0), (last, len(self._line(last))))
            self._set(normal=False)
            return
        if operator == "d":
            end = (last + 1, 0) if last + 1 < self._area.document.line_count else None
            if end is not None:
                self._area.delete((first, 0), end)
            else:
                start = (first - 1, len(self._line(first - 1))) if first else (0, 0)
                self._area.delete(start, (last, len(self._line(last))))
        row = min(first, self._area.document.line_count - 1)
        self._area.move_cursor((row, first_letter(self._line(row))))

    def _put(self, *, after: bool) -> None:
        row, column = self._area.cursor_location
        text = self._register * self._times()
        if text.endswith("\n"):
            if after:
                self._area.insert("\n" + text.removesuffix("\n"), (row, len(self._line(row))))
            else:
                self._area.insert(text, (row, 0))
            self._area.move_cursor((row + 1 if after else row, 0))
        elif text:
            self._area.insert(text, (row, min(len(self._line(row)), column + after)))

    def _join(self) -> None:
        row = self._area.cursor_location[0]
        if row + 1 < self._area.document.line_count:
            begins = first_letter(self._line(row + 1))
            self._area.replace(" ", (row, len(self._line(row))), (row + 1, begins))

    def _target(self, motion: Motion) -> Location:
        lines = [self._line(row) for row in range(self._area.document.line_count)]
        at = self._area.cursor_location
        return motion.go(lines, at, int(self._count) if self._count else None)

    def _times(self) -> int:
        return min(int(self._count or 1), 1_000)

    def _line(self, row: int) -> str:
        return self._area.document.get_line(row)

    def _set(self, *, normal: bool) -> None:
        self._count = self._operator = ""
        self._g = False
        if normal != self.normal:
            self.normal = normal
            self._changed()
