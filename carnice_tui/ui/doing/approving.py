"""Answering what the agent asks."""

from typing import TYPE_CHECKING

from carnice_tui.core.events import ApprovalAnswer

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


def allow(screen: "ChatScreen") -> None:
    """Yes, this time."""
    _answer(screen, "once")


def allow_session(screen: "ChatScreen") -> None:
    """Yes, until the app is left."""
    _answer(screen, "session")


def allow_always(screen: "ChatScreen") -> None:
    """Yes, from now on."""
    _answer(screen, "always")


def deny(screen: "ChatScreen") -> None:
    """No."""
    _answer(screen, "no")


def _answer(screen: "ChatScreen", answer: ApprovalAnswer) -> None:
    card = screen.thread.open_approval()
    if card is None:
        screen.notify("Nothing waits for a yes or a no.", markup=False, timeout=3)
        return
    screen.session.conversation.approve(card.node, card.asked.call_id, answer)
