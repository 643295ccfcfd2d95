"""Answering what the agent asks."""

from typing import TYPE_CHECKING

from carnice_tui.core.events import ApprovalAnswer, ApprovalGiven

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
    """No; what is typed goes along as the reason."""
    _answer(screen, "no", screen.composer.whole_text.strip())


def _answer(screen: "ChatScreen", answer: ApprovalAnswer, reason: str = "") -> None:
    card = screen.thread.open_approval()
    if card is None:
        screen.notify("Nothing waits for a yes or a no.", timeout=3)
        return
    if reason:
        screen.composer.clear()
    screen.session.approve(card.node, ApprovalGiven(card.asked.call_id, answer, reason))
