"""What keys are called on the screen, as the settings have mapped them. Free of Textual.

There is one keyboard, so there is one map: hints are written where no settings are at hand.
"""

from carnice_tui.core.actions import BY_ID, PLACES
from carnice_tui.core.key_names import label
from carnice_tui.core.keymap import Keys, effective

_mapped: dict[str, str] = {}


def map_keys(keys: Keys) -> dict[str, str]:
    """Take the settings' `keys`; gives the keys of every action by its id."""
    found = effective(keys)
    _mapped.clear()
    _mapped.update(found)
    return found


def keys_heard(action: str) -> list[str]:
    """All keys of an action, by its id, as Textual calls them."""
    return list(filter(None, _mapped.get(action, BY_ID[action].keys).split(",")))


def keys_of(action: str) -> str:
    """All keys of an action as people write them, such as "Alt+A"; empty: it has none."""
    return label(_mapped.get(action, BY_ID[action].keys))


def key_of(action: str) -> str:
    """Its first key; without one, a command by its `/` name and all else by its title."""
    its = BY_ID[action]
    return keys_of(action).split(", ")[0] or (f"/{its.name}" if its.slash else its.title)


def with_keys(text: str) -> str:
    """`text` with the first key of each action named in it, as in "{help} lists the keys".

    Hyphens are written as underscores: "{allow_session}", "{session_list.pin}".
    """
    return text.format_map(_Keys())


class _Keys(dict[str, "str | _Place"]):
    """Filled in when asked: few of the actions stand in one text."""

    def __missing__(self, name: str) -> "str | _Place":
        name = name.replace("_", "-")
        return _Place(name) if name in PLACES else key_of(name)


class _Place:
    """The keys of a place, by their names in it."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __getattr__(self, name: str) -> str:
        return key_of(f"{self._place}.{name.replace('_', '-')}")
