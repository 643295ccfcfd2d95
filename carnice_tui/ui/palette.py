"""The command palette: every command of the chat, found by typing."""

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from carnice_tui.ui.commands import COMMANDS

if TYPE_CHECKING:
    from carnice_tui.ui.screens.chat import ChatScreen


class ChatCommands(Provider):
    """The commands, with what each does."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in COMMANDS:
            yield DiscoveryHit(
                command.title, partial(self._chat.action_do, command.name), help=command.help
            )

    async def search(self, query: str) -> Hits:
        """Those that fit."""
        matcher = self.matcher(query)
        for command in COMMANDS:
            if score := matcher.match(f"{command.title} {command.name}"):
                yield Hit(
                    score,
                    command.title,
                    partial(self._chat.action_do, command.name),
                    help=command.help,
                )

    @property
    def _chat(self) -> "ChatScreen":
        return cast("ChatScreen", self.screen)
