"""What can be done on a screen, found from the bindings of everything on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

from textual.actions import parse
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from carnice_tui.core.actions import ACTIONS, BY_ID, Action
from carnice_tui.ui.screens.asking import app_of

_ORDER = {action.id: at for at, action in enumerate(ACTIONS)}


@runtime_checkable
class SaysWhyIdle(Protocol):
    """A screen that knows which of its actions would do nothing now."""

    def why_idle(self, action: str) -> str:
        """Why the action with that id would do nothing; "" where it would do something."""
        ...


@dataclass(frozen=True)
class Reachable:
    """An action, and what does it: `does` is Textual's name for it on `node`."""

    action: Action
    node: DOMNode
    does: str

    @property
    def applies(self) -> bool:
        """Whether it would do anything as the screen is now."""
        _, name, parameters = parse(self.does)
        return self.node.check_action(name, parameters) is True

    async def do(self) -> None:
        """Do it, with the keyboard where its keys would be; say so where it does nothing now."""
        # Not the app's: the palette may still lie over it.
        screen = cast("Screen[Any]", self.node.screen)  # pyright: ignore[reportUnknownMemberType]
        if isinstance(screen, SaysWhyIdle) and (told := screen.why_idle(self.action.id)):
            screen.notify(told, timeout=3)
            return
        if isinstance(self.node, Widget) and self.node.focusable:
            self.node.focus()
        await app_of(self.node).run_action(self.does, self.node)


def reachable(screen: Screen[Any]) -> list[Reachable]:
    """Everything that keys do on `screen`, each action once, in the order of their table."""
    found: dict[str, Reachable] = {}
    widgets = [widget for widget in screen.query("*") if widget.can_focus]
    for node in (app_of(screen), screen, *widgets):
        for action, does in bound_by(type(node)):
            found.setdefault(action, Reachable(BY_ID[action], node, does))
    return sorted(found.values(), key=lambda one: _ORDER[one.action.id])


def bound_by(kind: type[DOMNode]) -> Iterator[tuple[str, str]]:
    """The actions that a class of screens or widgets has keys for, and what does each.

    `HEARD` holds those whose keys mean something only at times, and are no bindings for that.
    """
    for base in kind.__mro__:
        own = vars(base)
        for binding in own.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id in BY_ID:
                yield binding.id, binding.action
        yield from own.get("HEARD", {}).items()
