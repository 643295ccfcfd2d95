"""What cannot be done while the model answers."""

from typing import TYPE_CHECKING

from carnice_tui.ui.keys import with_keys

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


def is_answering(screen: "ChatScreen") -> bool:
    """Whether the model still answers; the person is told then that this must end first."""
    busy = screen.session.state == "busy"
    if busy:
        told = with_keys("The model is still answering: {interrupt} stops it.")
        screen.notify(told)
    return busy
