"""A recording on the same screen as a conversation."""

from carnice_tui.core.settings import Settings
from carnice_tui.engine.replay import Replay
from carnice_tui.ui.screens.replay import ReplayScreen
from carnice_tui.ui.themed import ThemedApp, run_until_left


class ReplayApp(ThemedApp):
    """Plays a recording."""

    def __init__(self, replay: Replay, settings: Settings, title: str = "") -> None:
        """`replay` should wait at its end, so that one can go back."""
        super().__init__(settings)
        self.player = ReplayScreen(replay, self.look, title, settings.ui)

    def first_screen(self) -> ReplayScreen:
        """The player."""
        return self.player

    async def action_quit(self) -> None:
        """Leave, whatever lies over the player."""
        await self.player.stop()
        self.exit()

    def restyle(self) -> None:
        """The transcript is painted by ourselves."""
        self.player.transcript.restyle(self.look)


def run_replay(replay: Replay, settings: Settings, title: str = "") -> None:
    """Play until it is left.

    Raises:
        Exception: what crashed the app, once the terminal is as it was before.
    """
    run_until_left(ReplayApp(replay, settings, title))
