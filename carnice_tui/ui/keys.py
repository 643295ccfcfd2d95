"""What keys are called on the screen, as the settings have mapped them. Free of Textual.

There is one keyboard, so there is one map: hints are written where no settings are at hand.
"""

from collections.abc import Mapping

from carnice_tui.core.sanitize import sanitize_line
from carnice_tui.ui.commands import BY_NAME

_NAMES = {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn"}

_mapped: dict[str, str] = {}


def map_keys(keys: Mapping[str, str]) -> None:
    """Take `keys`, from commands' names to their keys, for those of the table."""
    _mapped.clear()
    _mapped.update(keys)


def keys_of(command: str) -> str:
    """All keys of a command as people write them, such as "Alt+A"; empty: it has none."""
    return label(_mapped.get(command, BY_NAME[command].keys))


def with_keys(text: str) -> str:
    """`text` with the first key of each command named in it, as in "{help} lists the keys".

    One without a key is called by its `/` name.
    """
    return text.format_map(_Keys())


def label(keys: str) -> str:
    """Keys as people write them."""
    shown: list[str] = []
    for key in filter(None, sanitize_line(keys).split(",")):
        parts = [_NAMES.get(part, part.capitalize()) for part in key.strip().split("+")]
        shown.append("+".join(parts))
    return ", ".join(shown)


class _Keys(dict[str, str]):
    """Filled in when asked: few of the commands stand in one text."""

    def __missing__(self, command: str) -> str:
        name = command.replace("_", "-")
        return keys_of(name).split(", ")[0] or f"/{name}"
