"""Going through a thread message by message: which entry is browsed, and which come beside it."""

from collections.abc import Sequence

from carnice_tui.ui.transcript.entry import Entry


class Browsing:
    """The entry of `entries` that is browsed; entries are told by their places among them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.at: int | None = None

    @property
    def entry(self) -> Entry | None:
        """The entry that is browsed, if one is."""
        if self.at is None or self.at >= len(self._entries):
            return None
        return self._entries[self.at]

    def covers(self, index: int) -> bool:
        """Whether that entry is browsed, or is of the same message."""
        browsed = self.entry
        if browsed is None:
            return False
        entry = self._entries[index]
        return entry is browsed or (
            not (browsed.stops or entry.stops) and entry.node == browsed.node != ""
        )

    def stops(self) -> list[int]:
        """Where one stops: the first entry of each message, and every card that is a stop."""
        seen: set[str] = set()
        found: list[int] = []
        for index, entry in enumerate(self._entries):
            if entry.node and (entry.stops or entry.node not in seen):
                found.append(index)
                seen.add(entry.node)
        return found

    def first(self) -> int | None:
        """The first stop."""
        return next(iter(self.stops()), None)

    def last(self) -> int | None:
        """The newest stop."""
        return next(reversed(self.stops()), None)

    def beside(self, step: int) -> int | None:
        """The stop `step` further, the ends holding; the newest where none is browsed yet."""
        stops = self.stops()
        if self.at is None or not stops:
            return self.last()
        here = max((i for i, stop in enumerate(stops) if stop <= self.at), default=0)
        return stops[max(0, min(here + step, len(stops) - 1))]

    def of(self, node: str) -> list[int]:
        """The stops in message `node`."""
        return [stop for stop in self.stops() if self._entries[stop].node == node]
