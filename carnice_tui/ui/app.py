"""The chat in the terminal: how it starts, and how one leaves it."""

from carnice_tui.ui.keys import with_keys
from carnice_tui.ui.screens.chat import ChatScreen
from carnice_tui.ui.setup import AppSetup
from carnice_tui.ui.themed import ThemedApp, run_until_left

QUIT_AGAIN = 2.0
"""Seconds in which a second Ctrl+C leaves."""


class CarniceApp(ThemedApp):
    """Chat, with a model on this machine or elsewhere."""

    def __init__(self, setup: AppSetup) -> None:
        super().__init__(setup.settings, setup.early)
        self._asked_to_quit = False
        self.chat = ChatScreen(setup, self.look)

    def first_screen(self) -> ChatScreen:
        """The chat."""
        return self.chat

    def restyle(self) -> None:
        """The transcript is painted by ourselves."""
        self.chat.transcript.restyle(self.look)

    def show_trouble(self, text: str) -> None:
        """As a card, where it stays."""
        self.chat.show_trouble(text)

    async def action_quit(self) -> None:
        """Save and leave."""
        await self.chat.leave()

    async def stop_or_quit(self) -> None:
        """Stop the answer, else empty the composer; a second time in a row leaves."""
        if self.chat.session.interrupt():
            return
        if self.chat.composer.text:
            self.chat.composer.clear()
            return
        if self._asked_to_quit:
            await self.action_quit()
            return
        self._asked_to_quit = True
        self.set_timer(QUIT_AGAIN, self._forget_question)
        self.notify(with_keys("{app.stop_or_quit} again quits."), timeout=QUIT_AGAIN)

    def _forget_question(self) -> None:
        self._asked_to_quit = False


def run(setup: AppSetup) -> int:
    """Run the app until it is left; gives the exit status.

    Raises:
        Exception: what crashed it, once the terminal is as it was before.
    """
    return run_until_left(CarniceApp(setup))
