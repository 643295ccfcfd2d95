"""Makes untrusted text safe to show: nothing in it can command the terminal.

Model output, files, session and theme files may hold escape sequences (clipboard writes,
titles, hyperlinks, clear-screen), C1 controls, bidi controls that reorder what is read, or
characters nobody sees that smuggle text. Each such character becomes a visible picture, one
for one. Joiners and variation selectors stay where a script or an emoji needs them (Unicode
UAX 31 and UTS 51, simplified) and are shown anywhere else. The result does not depend on how
the text was cut into chunks. Raw text is what is stored; this is for every way out to a
terminal or an export.
"""

import re
import unicodedata
from collections.abc import Iterable

_SAFE_CONTROLS = {"\n", "\t"}
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SEPARATORS = "\u2028\u2029"
_INVISIBLE = (
    *(0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x2060, 0x2066),
    *range(0x206A, 0x2070),
    *range(0xFFF0, 0xFFFC),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE0100),
    *range(0xE01F0, 0xE1000),
)
"""Default-ignorable code points: terminals show nothing for them."""

_JOINERS = ("\u200c", "\u200d")
_SELECTORS = "\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef"
_KEYCAPS = frozenset("0123456789#*")
_SKIN_TONES = "\U0001f3fb-\U0001f3ff"
_NOTHING = "\u2423"
"""Open box: something invisible was here."""


def _pictures() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(0x20):
        if chr(code) not in _SAFE_CONTROLS:
            table[code] = chr(0x2400 + code)  # the Control Pictures block
    table[0x7F] = "\u2421"
    for code in (*range(0x80, 0xA0), *range(0xD800, 0xE000)):
        table[code] = "\ufffd"
    for char in _BIDI:
        table[ord(char)] = "\u2426"  # symbol for substitute, form two: marks a bidi control
    for char in _SEPARATORS:
        table[ord(char)] = "\u2424"
    for code in _INVISIBLE:
        table[code] = _NOTHING
    return table


def _ranges(codes: Iterable[int]) -> str:
    """`codes` as the inside of a character class, as few ranges as can be.

    Of code points beyond the basic plane `re` makes a list that it goes through for every
    character; with one range instead of thousands of members a search is 100 times as fast.
    """
    ranges: list[tuple[int, int]] = []
    for code in sorted(codes):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges)


_TABLE = _pictures()
_DEPENDS = re.compile(f"[{''.join(_JOINERS)}{_SELECTORS}]")
_SPECIAL = re.compile(f"[{''.join(_JOINERS)}{_SELECTORS}{_ranges(_TABLE)}]")
_JOINING_SCRIPTS = re.compile(
    "[\u0600-\u0dff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc\U0001e900-\U0001e95f]"
)
"""Arabic to Sinhala, Myanmar, Khmer, Mongolian, Arabic presentation forms, Adlam."""
_IS_PICTURE = re.compile("[\u2400-\u243f\ufffd]")
"""What unsafe characters are shown as."""
_EXTENDING = re.compile(f"[{_SKIN_TONES}{_SELECTORS}]")


def is_safe(text: str) -> bool:
    """Whether `text` can go to a terminal as it is."""
    return _SPECIAL.search(text) is None or sanitize(text) == text


def sanitize(text: str) -> str:
    """A whole string made safe; carriage returns before newlines are dropped."""
    cleaner = Sanitizer()
    return cleaner.feed(text) + cleaner.end()


def sanitize_line(text: str) -> str:
    """A string made safe for one line: newlines and tabs become spaces."""
    return " ".join(sanitize(text).split())


class Sanitizer:
    """Makes a stream safe chunk by chunk; any chunking gives the same text.

    What depends on the next character waits for it: a carriage return, which is dropped
    before a newline (Windows line ends) and shown elsewhere, and a joiner.
    """

    def __init__(self) -> None:
        self._held = ""
        self._before = ""  # the character before this chunk
        self._base = ""  # the character that marks and selectors before this chunk belong to

    def feed(self, chunk: str) -> str:
        """The safe text of one more chunk."""
        if not chunk:
            return ""
        chunk = self._held + chunk
        end = len(chunk)
        if chunk.endswith("\r"):
            end -= 1
        if chunk.endswith(_JOINERS, 0, end):
            end -= 1
        chunk, self._held = chunk[:end], chunk[end:]
        return self._clean(chunk)

    def end(self) -> str:
        """What was held back, at the end of the stream."""
        held, self._held = self._held, ""
        return self._clean(held)

    def _clean(self, text: str) -> str:
        if "\r\n" in text:
            text = text.replace("\r\n", "\n")
        if _SPECIAL.search(text) is None:
            self._remember(text)
            return text
        if _DEPENDS.search(text) is None:
            shown = text.translate(_TABLE)
            self._remember(shown)
            return shown
        pieces: list[str] = []
        for at, char in enumerate(text):
            shown = self._shown(char, text[at + 1 : at + 2])
            pieces.append(shown)
            self._remember(shown)
        return "".join(pieces)

    def _shown(self, char: str, following: str) -> str:
        if char in _JOINERS:
            return char if self._joins(char, following) else _NOTHING
        if _DEPENDS.match(char):
            return char if _selects(char, self._before) else _NOTHING
        return _TABLE.get(ord(char), char)

    def _joins(self, joiner: str, following: str) -> bool:
        if not self._before or not following or _SPECIAL.match(following):
            return False
        if _JOINING_SCRIPTS.match(self._before) and _JOINING_SCRIPTS.match(following):
            return True
        return joiner == "\u200d" and _is_picture(self._base) and _is_picture(following)

    def _remember(self, text: str) -> None:
        """Keep what the next character may depend on: what is shown, so that clean text is
        cleaned to itself."""
        if not text:
            return
        self._before = text[-1]
        for char in reversed(text):
            if not (_EXTENDING.match(char) or unicodedata.category(char).startswith("M")):
                self._base = char
                return


def _selects(selector: str, before: str) -> bool:
    """Whether a variation selector has something to vary (one selector each)."""
    if not before or _SPECIAL.match(before) or _IS_PICTURE.match(before):
        return False
    if selector >= "\U000e0100":
        return before >= "\u3400" and unicodedata.category(before) == "Lo"
    if selector < "\ufe00":
        return "\u1800" <= before <= "\u18af"
    return before in _KEYCAPS or (
        before >= "\u00a9" and unicodedata.category(before)[0] in {"L", "N", "P", "S"}
    )


def _is_picture(char: str) -> bool:
    """Whether `char` may take part in an emoji sequence."""
    return (
        char >= "\u2190"
        and not _IS_PICTURE.match(char)
        and unicodedata.category(char) in {"So", "Sm"}
    )
