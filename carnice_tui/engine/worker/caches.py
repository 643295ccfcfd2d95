"""Several conversations side by side: what any of them has read is not read again.

Each has a cache of its own, and the one that answers is `live`. A prompt goes on where the
longest known prefix ends: in the cache that holds it, if it is the same conversation going
on, else in a fork of it, so that the other conversation stays as it was. The caches that
rest are dropped, the least recently used first, once they pass their limit in bytes. What a
restart would lose, the system prompt and the tools, is kept in files if there is a place.
"""

import sys
from collections.abc import Callable, Sequence

import mlx.core as mx

from carnice_tui.engine.worker.mlxlm import Model
from carnice_tui.engine.worker.prefix import PrefixCache
from carnice_tui.engine.worker.prefixfile import PrefixFiles, PrefixRefused

MOST_CONVERSATIONS = 64
"""At rest at most: looking for a prefix compares the ids of all of them."""


class Caches:
    """The caches of one model; the last in `all` is the live one."""

    def __init__(
        self,
        model: Model,
        snapshot_bytes: int,
        resting_bytes: int,
        files: PrefixFiles | None = None,
    ) -> None:
        """`snapshot_bytes`: for the snapshots of each; `resting_bytes`: for all that rest."""
        self._model = model
        self._snapshot_bytes = snapshot_bytes
        self._resting_bytes = resting_bytes
        self._files = files
        self._to_keep: tuple[PrefixCache, int] | None = None
        self.all: list[PrefixCache] = [self._empty()]

    @property
    def live(self) -> PrefixCache:
        """The cache of the conversation that answers."""
        return self.all[-1]

    def take(self, prompt: list[int], tell: Callable[[str], None] = lambda _: None) -> int:
        """Make the cache live that knows most of `prompt`, and go back to what is known.

        Gives that length in tokens; at least one token of the prompt is left to be read.
        `tell` hears of a file that could not be used.
        """
        best = max(reversed(self.all), key=lambda cache: cache.reusable(prompt))
        known = best.reusable(prompt)
        if (read := self._from_file(prompt, known, tell)) is not None:
            self._add(read)
            return len(read.ids)
        if known == 0:
            self._add(self._empty())
        elif known >= best.asked or known == len(best.ids):
            best.reuse(prompt)
            self._touch(best)
        else:
            self._touch(best)
            self._add(best.fork(known))
        return known

    def worth_keeping(self, length: int) -> None:
        """The first `length` tokens of the live cache begin other conversations too."""
        self._to_keep = (self.live, length)

    @property
    def keeps_waiting(self) -> bool:
        """Whether `keep` has something to look at."""
        return self._to_keep is not None and self._files is not None

    def keep(self) -> None:
        """Write the file of what was worth keeping; for when nobody waits."""
        wanted, self._to_keep = self._to_keep, None
        if wanted is None or self._files is None:
            return
        try:
            self._files.write(*wanted)
        except (OSError, RuntimeError) as error:
            print(f"prompts are not saved: {error}", file=sys.stderr)
            self._files = None

    def _from_file(
        self, prompt: list[int], known: int, tell: Callable[[str], None]
    ) -> PrefixCache | None:
        path = self._files.longest(prompt, beyond=known) if self._files else None
        if path is None or self._files is None:
            return None
        try:
            return self._files.read(path, prompt, self._snapshot_bytes)
        except PrefixRefused as refused:
            tell(str(refused))
            return None

    def _empty(self) -> PrefixCache:
        return PrefixCache(self._model, self._snapshot_bytes)

    def _touch(self, cache: PrefixCache) -> None:
        self.all.remove(cache)
        self._add(cache)

    def _add(self, cache: PrefixCache) -> None:
        """Make `cache` live, and drop what rests past the limits, the oldest first."""
        resting = [other for other in self.all if other.ids]
        for other in resting:
            other.rest()
        while resting and (
            len(resting) > MOST_CONVERSATIONS or held_bytes(resting) > self._resting_bytes
        ):
            del resting[0]
        self.all = [*resting, cache]


def held_bytes(caches: Sequence[PrefixCache]) -> int:
    """Bytes that these caches hold together; what forks share counts once."""
    arrays: dict[int, mx.array] = {id(array): array for cache in caches for array in cache.arrays()}
    return sum(array.nbytes for array in arrays.values())
