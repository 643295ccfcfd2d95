"""Bindings of the actions, under ids by which the settings remap them."""

from textual.binding import Binding

from carnice_tui.core.actions import BY_ID

_UNBOUND = "no-key"
"""Before an action's id this is a key that no terminal sends."""


def bound(action: str, does: str, *, overtakes: bool = False) -> Binding:
    """The binding of the action with the id `action`, which does `does`.

    `overtakes`: its keys are this node's before they are a field's that has the focus.
    """
    its = BY_ID[action]
    keys = its.keys or f"{_UNBOUND}-{action}"
    return Binding(keys, does, its.title, show=False, priority=overtakes, id=action)


def keymap_of(keys: dict[str, str]) -> dict[str, str]:
    """`keys`, by the actions' ids, as Textual's keymap: there, an empty text remaps nothing."""
    return {
        action: its or f"{_UNBOUND}-{action}"
        for action, its in keys.items()
        if its != BY_ID[action].keys
    }
