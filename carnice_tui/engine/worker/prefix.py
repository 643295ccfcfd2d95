"""The live cache and its snapshots: what has been read once is not read again.

Qwen3.6 is a hybrid: its recurrent layers cannot be trimmed. A snapshot keeps references to
their arrays, which are replaced and never mutated, so it costs microseconds and no copy;
the attention layers are trimmed to the snapshot's length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import mlx.core as mx

from carnice_tui.engine.worker.mlxlm import (
    LayerCache,
    Model,
    evaluate,
    is_attention,
    is_recurrent,
    new_cache,
)


@dataclass
class Snapshot:
    """The cache after `length` tokens: recurrent arrays by reference, attention by length."""

    length: int
    arrays: list[list[mx.array | None] | None]
    nbytes: int


class PrefixCache:
    """One live cache, the ids it holds, and snapshots along them."""

    def __init__(self, model: Model, snapshot_bytes: int) -> None:
        """`snapshot_bytes`: recurrent state kept in snapshots at most."""
        self._model = model
        self._snapshot_bytes = snapshot_bytes
        self.layers: list[LayerCache] = new_cache(model)
        self.ids: list[int] = []
        self.snapshots: list[Snapshot] = []
        self._recurrent = any(is_recurrent(layer) for layer in self.layers)
        self._restorable = all(is_recurrent(layer) or is_attention(layer) for layer in self.layers)

    def reuse(self, prompt: Sequence[int]) -> int:
        """Go back to the longest prefix of `prompt` that is held; gives its length in tokens.

        At least one token of the prompt is left to be read, since the next one is drawn
        from its logits.
        """
        common = common_prefix(self.ids, prompt)
        usable = min(common, len(prompt) - 1)
        if usable == len(self.ids):
            return usable
        if self._restorable and not self._recurrent:
            self._trim(usable)
            return usable
        best = max(
            (s for s in self.snapshots if s.length <= usable), key=lambda s: s.length, default=None
        )
        if best is None:
            self.reset()
            return 0
        self._restore(best)
        return best.length

    def extend(self, tokens: Sequence[int]) -> None:
        """Note that the model has read `tokens` into the live cache."""
        self.ids.extend(tokens)

    def settle(self) -> None:
        """Evaluate the whole state, so that no lazy graph outlives the turn."""
        evaluate([layer.state for layer in self.layers])

    def snapshot(self) -> None:
        """Remember this point. The oldest go first once the byte limit is passed, the very
        first (the system prompt) last."""
        if not (self._recurrent and self._restorable) or not self.ids:
            return
        length = len(self.ids)
        if any(s.length == length for s in self.snapshots):
            return
        arrays = [list(layer.cache) if is_recurrent(layer) else None for layer in self.layers]
        nbytes = sum(a.nbytes for held in arrays if held for a in held if a is not None)
        self.snapshots.append(Snapshot(length, arrays, nbytes))
        self.snapshots.sort(key=lambda s: s.length)
        while (
            len(self.snapshots) > 2 and sum(s.nbytes for s in self.snapshots) > self._snapshot_bytes
        ):
            del self.snapshots[1]

    def reset(self) -> None:
        """Forget everything."""
        self.layers = new_cache(self._model)
        self.ids = []
        self.snapshots = []

    def _restore(self, snapshot: Snapshot) -> None:
        for layer, arrays in zip(self.layers, snapshot.arrays, strict=True):
            if arrays is None:
                layer.trim(layer.offset - snapshot.length)
            else:
                layer.cache = list(arrays)
        self._forget_after(snapshot.length)

    def _trim(self, length: int) -> None:
        for layer in self.layers:
            layer.trim(layer.offset - length)
        self._forget_after(length)

    def _forget_after(self, length: int) -> None:
        del self.ids[length:]
        self.snapshots = [s for s in self.snapshots if s.length <= length]


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens `a` and `b` have in common from the start."""
    if list(a) == list(b[: len(a)]):
        return len(a)
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
