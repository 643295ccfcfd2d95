"""What keys are called: as Textual hears them, as people write them, and which there are."""

MODIFIERS = {
    "alt": "Alt",
    "ctrl": "Ctrl",
    "shift": "Shift",
    "super": "Super",
}
"""In the order in which Textual tells them."""

_CHARACTERS = {
    " ": "space",
    "!": "exclamation_mark",
    '"': "quotation_mark",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "full_stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less_than_sign",
    "=": "equals_sign",
    ">": "greater_than_sign",
    "?": "question_mark",
    "@": "at",
    "[": "left_square_bracket",
    "\\": "backslash",
    "]": "right_square_bracket",
    "^": "circumflex_accent",
    "_": "underscore",
    "`": "grave_accent",
    "{": "left_curly_bracket",
    "|": "vertical_line",
    "}": "right_curly_bracket",
    "~": "tilde",
}
"""What Textual calls what is no letter and no digit."""

_OF_NAME = {name: char for char, name in _CHARACTERS.items() if char != " "}

_IN_THE_WAY = ',"\\'
"""Characters that would have to be escaped between the quotes, or part two keys."""

_NAMED = {
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    "tab": "Tab",
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}

_ALSO = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "control": "ctrl",
    "option": "alt",
    "cmd": "super",
}
"""Other words for a key."""

_SAME = {"i": "tab", "m": "enter", "h": "backspace", "left_square_bracket": "escape"}
"""What a terminal sends for these with Ctrl is what it sends for another key."""


class NoSuchKey(Exception):
    """A key that a terminal does not send; the text says why not."""


def heard(key: str) -> str:
    """What Textual calls the key that a person wrote as `key`, such as "Ctrl+E" or ".".

    Raises:
        NoSuchKey: there is none, or no terminal tells it from another.
    """
    written = key.strip()
    *before, last = _parts(written)
    modifiers = {_ALSO.get(part.lower(), part.lower()) for part in before}
    if wrong := modifiers - MODIFIERS.keys():
        raise NoSuchKey(f'there is no key "{min(wrong)}" to hold')
    base = _base(last, written)
    if modifiers and len(base.lower()) == 1:
        base = base.lower()
    if "shift" in modifiers and is_character(base):
        raise NoSuchKey(f'with Shift, "{last}" is another character: write that one')
    if modifiers == {"ctrl"} and base in _SAME:
        raise NoSuchKey(f"{written} is {label(_SAME[base])} to a terminal")
    return "+".join([*sorted(modifiers), base])


def _parts(written: str) -> list[str]:
    """What stands between the plus signs; the key may be one itself."""
    if written == "+":
        return ["+"]
    if written.endswith("++"):
        return [*written[:-2].split("+"), "+"]
    return written.split("+")


def _base(last: str, written: str) -> str:
    if len(last) == 1:
        if last in _CHARACTERS:
            return _CHARACTERS[last]
        if last.isalnum():
            return last
    name = _ALSO.get(last.lower(), last.lower())
    if name in _NAMED or name in _OF_NAME:
        return name
    raise NoSuchKey(f'there is no key "{written}"')


def written(keys: str) -> str:
    """Keys, as Textual calls them, as they are shortest in the settings: "ctrl+_,]"."""
    return ",".join(map(_written, keys.split(",")))


def _written(key: str) -> str:
    *held, base = key.split("+")
    char = _OF_NAME.get(base, base)
    return "+".join([*held, base if char in _IN_THE_WAY else char])


def is_character(key: str) -> bool:
    """Whether `key`, as Textual calls it, writes something and nothing is held."""
    return len(key) == 1 or key in _OF_NAME


def label(keys: str) -> str:
    """Keys, as Textual calls them, as people write them: "Alt+A, Esc"."""
    return ", ".join(_label(key) for key in keys.split(",") if key)


def _label(key: str) -> str:
    *held, base = key.split("+")
    shown = _NAMED.get(base) or _OF_NAME.get(base, base)
    if held and len(shown) == 1:
        shown = shown.upper()
    return "+".join([*(MODIFIERS.get(part, part) for part in _ctrl_first(held)), shown])


def _ctrl_first(held: list[str]) -> list[str]:
    """Ctrl first, as people write it."""
    return sorted(held, key=lambda part: part != "ctrl")
