"""Why an action chosen by its name would do nothing now. Its key says nothing then: Enter on an
empty line and Esc are pressed without a thought."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


def why_idle(screen: "ChatScreen", action: str) -> str:
    """Why the action with that id would do nothing; "" where it would do something."""
    composer, history = screen.composer, screen.composing.history
    takes_back = screen.session.queue and not composer.text
    match action:
        case "composer.send" if not composer.text.strip():
            return "Nothing is written yet."
        case "composer.undo" if not composer.history.undo_stack:
            return "Nothing was typed that could be undone."
        case "composer.redo" if not composer.history.redo_stack:
            return "Nothing was undone."
        case "composer.sent-before" if not (takes_back or history.reaches(-1)):
            return "Nothing was sent before."
        case "composer.sent-after" if not history.reaches(1):
            return "Nothing was sent after that."
        case "interrupt" if not _interrupts(screen):
            return "Nothing is under way."
        case _:
            return ""


def _interrupts(screen: "ChatScreen") -> bool:
    """Whether there is an answer to stop, or something that Esc leaves."""
    transcript, composing = screen.transcript, screen.composing
    browsed = transcript.selection is not None or transcript.browsed_entry() is not None
    is_left = browsed or composing.edited or screen.composer.mode == "INSERT"
    return screen.session.state == "busy" or bool(is_left)
