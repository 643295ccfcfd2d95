"""Which keys each action has, by what the settings say, and what they may not say."""

from collections.abc import Iterator, Mapping
from typing import cast

from carnice_tui.core.actions import ACTIONS, BY_ID, Action, meet
from carnice_tui.core.key_names import NoSuchKey, heard, is_character, label

Keys = Mapping[str, object]
"""The settings' `keys`: an action's keys by its name, those of a place by their names in it. A file
that is about to be changed may hold anything else as well, which is passed over."""

ALLOWED = 'keys such as "f5", "ctrl+e" or "alt+x", a comma between two, "" for none'

_TYPED = ("", "app", "composer", "offers", "lists", "session-list")
"""Where one types."""

_WRITES = ("space", "backspace")
_MOVES = ("enter", "up", "down", "left", "right")


def mapped(keys: Keys) -> Iterator[tuple[str, str]]:
    """What the settings say, by the actions' ids."""
    for name, said in keys.items():
        if isinstance(said, str):
            yield name, said
        elif isinstance(said, Mapping):
            for inner, value in cast("Mapping[str, object]", said).items():
                if isinstance(value, str):
                    yield f"{name}.{inner}", value


def checked(action: Action, keys: str) -> str:
    """`keys` for `action` as Textual calls them.

    Raises:
        NoSuchKey: one of them is none, or writes where `action` is done while one types.
    """
    return ",".join(_checked(action, key) for key in keys.split(",") if key.strip())


def _checked(action: Action, written: str) -> str:
    key = heard(written)
    if action.place in _TYPED and (is_character(key) or key in _WRITES):
        raise NoSuchKey(f"{label(key)} is for writing there")
    if action.place in ("", "app") and key in _MOVES:
        raise NoSuchKey(f"{label(key)} is for the message there")
    return key


def clash(keys: Keys) -> str:
    """Which two actions are given one key where both count, in one line; "" where none are."""
    given = list(_given(keys).items())
    for at, (one, keys_of_one) in enumerate(given):
        for other, keys_of_other in given[at + 1 :]:
            both = set(keys_of_one) & set(keys_of_other)
            if both and meet(BY_ID[one], BY_ID[other]):
                key = label(min(both))
                return f"keys.{one} and keys.{other} are both {key}, which can do only one of them"
    return ""


def effective(keys: Keys) -> dict[str, str]:
    """The keys of every action, by its id. A key given to one is taken from whatever had it."""
    given = _given(keys)
    taken = [(BY_ID[one], key) for one, its in given.items() for key in its]

    def left(action: Action) -> list[str]:
        lost = {key for taker, key in taken if meet(taker, action)}
        return [key for key in action.keys.split(",") if key not in lost]

    return {
        action.id: ",".join(given[action.id] if action.id in given else left(action))
        for action in ACTIONS
    }


def _given(keys: Keys) -> dict[str, list[str]]:
    """The keys of those that the settings give some, as far as they can be used."""
    given: dict[str, list[str]] = {}
    for name, said in mapped(keys):
        if (action := BY_ID.get(name)) is not None:
            try:
                given[name] = list(filter(None, checked(action, said).split(",")))
            except NoSuchKey:
                continue
    return given
