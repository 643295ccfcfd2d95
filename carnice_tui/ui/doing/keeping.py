"""Keeping what is not sent yet: the draft and what waits, and the place one reads at."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from carnice_tui.core.paths import state_dir
from carnice_tui.sessions.view import View, save_view
from carnice_tui.ui.history import Draft
from carnice_tui.ui.reading_place import place_of, unfolded

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen

Save = Callable[[], None]


def keep_view(screen: "ChatScreen") -> None:
    """Remember the draft and the place of the conversation that is about to be left."""
    saving(screen, place_of(screen.transcript))()


def saving(screen: "ChatScreen", place: tuple[str, int]) -> Save:
    """What writes the present draft and `place`; may be called in another thread."""
    session = screen.session
    only_read = session.reading is not None and session.reading.until == "copy"
    if session.private or session.opening or only_read:
        return _nothing
    file = session.file
    composing = screen.composing
    if file is None:
        composing.drafted_for = session.conversation
        return partial(composing.draft.write, unsent(screen))
    view = View(unsent(screen), *place, unfolded(screen.transcript))
    begun = composing.draft if composing.drafted_for is session.conversation else None
    return partial(_save_view, file.stem, view, begun)


def _save_view(session: str, view: View, begun: Draft | None) -> None:
    """`begun`: what held the draft of this session before it had a file."""
    save_view(state_dir(), session, view)
    if begun is not None:
        begun.write("")


def message_at_top(screen: "ChatScreen") -> tuple[str, int]:
    """The place one reads at, without its line, for which all before it would be painted."""
    window = screen.transcript.window
    top = window.top
    if top is None or top.entry >= len(window.entries):
        return "", 0
    return window.entries[top.entry].node, 0


def unsent(screen: "ChatScreen") -> str:
    """What waits for its turn, what an edit set aside, and what is being written, line by line."""
    waiting = [message.text for message in screen.session.queue if message.about is None]
    written = (screen.composing.aside, screen.composer.whole_text)
    return "\n".join(filter(None, (*waiting, *written)))


def _nothing() -> None:
    pass
