"""Makes untrusted text safe to show: nothing in it can command the terminal.

Model output, files, session and theme files may hold escape sequences (clipboard writes,
titles, hyperlinks, clear-screen), C1 controls or bidi controls that reorder what is read.
Each such character becomes a visible picture, one character for one, so the result does
not depend on how the text was cut into chunks. Raw text is what is stored; this is for
every way out to a terminal or an export.
"""

import re
import unicodedata

_SAFE_CONTROLS = {"\n", "\t"}
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
_SEPARATORS = "\u2028\u2029"
_TAGS = range(0xE0000, 0xE0080)


def _pictures() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(0x20):
        if chr(code) not in _SAFE_CONTROLS:
            table[code] = chr(0x2400 + code)  # the Control Pictures block
    table[0x7F] = "\u2421"
    for code in range(0x80, 0xA0):
        table[code] = "\ufffd"
    for char in _BIDI:
        table[ord(char)] = "\u2426"  # symbol for substitute, form two: marks a bidi control
    for char in _INVISIBLE:
        table[ord(char)] = "\u2423"  # open box: something invisible was here
    for char in _SEPARATORS:
        table[ord(char)] = "\u2424"
    for code in _TAGS:
        table[code] = "\u2423"
    for code in range(0xFFF9, 0xFFFC):
        table[code] = "\u2423"
    return table


_TABLE = _pictures()
_UNSAFE = re.compile("[" + "".join(re.escape(chr(code)) for code in _TABLE) + "\ud800-\udfff]")


def is_safe(text: str) -> bool:
    """Whether `text` can go to a terminal as it is."""
    return _UNSAFE.search(text) is None


def sanitize(text: str) -> str:
    """A whole string made safe; carriage returns before newlines are dropped."""
    cleaner = Sanitizer()
    return cleaner.feed(text) + cleaner.end()


def sanitize_line(text: str) -> str:
    """A string made safe for one line: newlines and tabs become spaces."""
    return " ".join(sanitize(text).split())


class Sanitizer:
    """Makes a stream safe chunk by chunk; any chunking gives the same text.

    The only state is a carriage return at the end of a chunk, which is dropped when a
    newline follows (Windows line ends) and shown when none does.
    """

    def __init__(self) -> None:
        self._held_return = False

    def feed(self, chunk: str) -> str:
        """The safe text of one more chunk."""
        if not chunk:
            return ""
        if self._held_return:
            chunk = "\r" + chunk
        self._held_return = chunk.endswith("\r")
        if self._held_return:
            chunk = chunk[:-1]
        if "\r" in chunk:
            chunk = chunk.replace("\r\n", "\n")
        return _clean(chunk)

    def end(self) -> str:
        """What was held back, at the end of the stream."""
        held, self._held_return = self._held_return, False
        return _TABLE[0x0D] if held else ""


def _clean(text: str) -> str:
    if _UNSAFE.search(text) is None:
        return text
    text = text.translate(_TABLE)
    return "".join("\ufffd" if unicodedata.category(c) == "Cs" else c for c in text)
