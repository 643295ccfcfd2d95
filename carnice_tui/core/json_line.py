"""JSON that is also safe to look at in a terminal."""

import re

import msgspec

from carnice_tui.core.sanitize import is_safe


def json_line(value: object) -> bytes:
    """`value` as one line of JSON that is also safe to look at in a terminal."""
    data = msgspec.json.encode(value)
    text = data.decode()
    if not is_safe(text):
        # The same JSON: what a terminal would obey is written as \\uXXXX.
        text = re.sub(r"[^\x20-\x7e]", lambda found: _escaped(found[0]), text)
    return text.encode() + b"\n"


def _escaped(char: str) -> str:
    return msgspec.json.encode(char).decode()[1:-1] if is_safe(char) else _code_units(char)


def _code_units(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
