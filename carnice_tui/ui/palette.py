"""The command palette: everything that can be done on the present screen, found by typing."""

from collections.abc import Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider

from carnice_tui.ui.keys import keys_of, with_keys
from carnice_tui.ui.reach import Reachable, reachable

FOR_THE_BROWSED = "want("
"""What begins so is a command of the chat, done for the message browsed: it stands there."""


class ScreenCommands(Provider):
    """The actions of the screen below, with their keys and what each does."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for one in self._offered():
            yield DiscoveryHit(one.action.title, one.do, help=_help(one))

    async def search(self, query: str) -> Hits:
        """Those that fit."""
        matcher = self.matcher(query)
        for one in self._offered():
            if score := matcher.match(f"{one.action.title} {one.action.name}"):
                yield Hit(score, one.action.title, one.do, help=_help(one))

    def _offered(self) -> Iterator[Reachable]:
        for one in reachable(self.screen):
            if one.applies and not one.does.startswith(FOR_THE_BROWSED):
                yield one


def _help(one: Reachable) -> str:
    said = (keys_of(one.action.id), with_keys(one.action.help))
    return " · ".join(filter(None, said))
