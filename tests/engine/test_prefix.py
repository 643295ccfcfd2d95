"""The live cache and its snapshots."""

from dataclasses import dataclass, field
from pathlib import Path

import mlx.core as mx
import pytest

from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.decode import Decoder, Draft, prefill
from carnice_tui.engine.worker.prefix import PrefixCache, common_prefix

GENEROUS = 1 << 30


def cache_of(
    folder: Path, snapshot_bytes: int = GENEROUS
) -> tuple[PrefixCache, loading.LoadedModel]:
    *_, loaded = loading.load(folder, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return PrefixCache(loaded.model, snapshot_bytes), loaded


def read(cache: PrefixCache, loaded: loading.LoadedModel, tokens: list[int], *stops: int) -> None:
    for _ in prefill(loaded.model, cache, tokens, 8, stops, lambda: False):
        pass


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [([], [1], 0), ([1, 2], [1, 2, 3], 2), ([1, 2, 3], [1, 2], 2), ([1, 9], [1, 2], 1)],
)
def test_the_common_prefix(a: list[int], b: list[int], common: int) -> None:
    assert common_prefix(a, b) == common


def test_a_dense_cache_goes_back_to_any_point(dense: Path) -> None:
    cache, loaded = cache_of(dense)
    read(cache, loaded, list(range(30)))
    assert cache.reuse([*range(17), 99, 98]) == 17
    assert cache.ids == list(range(17))


def test_a_hybrid_cache_goes_back_to_the_last_snapshot(hybrid: Path) -> None:
    cache, loaded = cache_of(hybrid)
    read(cache, loaded, list(range(30)), 10, 20)
    assert cache.reuse([*range(17), 99, 98]) == 10
    assert cache.ids == list(range(10))
    assert [s.length for s in cache.snapshots] == [10]


def test_without_a_snapshot_a_hybrid_cache_begins_again(hybrid: Path) -> None:
    cache, loaded = cache_of(hybrid)
    read(cache, loaded, list(range(30)))
    assert cache.reuse([*range(17), 99]) == 0
    assert cache.ids == []


def test_one_token_is_always_left_to_read(dense: Path) -> None:
    cache, loaded = cache_of(dense)
    read(cache, loaded, list(range(10)))
    assert cache.reuse(list(range(10))) == 9


def test_past_its_limit_the_oldest_snapshot_goes_but_never_the_first(hybrid: Path) -> None:
    cache, loaded = cache_of(hybrid)
    read(cache, loaded, list(range(8)), 4, 8)
    one = cache.snapshots[0].nbytes
    assert one > 0
    cache, loaded = cache_of(hybrid, snapshot_bytes=3 * one)
    read(cache, loaded, list(range(60)), 10, 20, 30, 40, 50)
    assert [s.length for s in cache.snapshots] == [10, 40, 50]


def test_a_cancelled_read_keeps_what_was_read(dense: Path) -> None:
    cache, loaded = cache_of(dense)
    asked = iter([False, False, True])
    lengths = list(prefill(loaded.model, cache, list(range(30)), 8, (), lambda: next(asked)))
    assert lengths == [8, 16]
    assert cache.ids == list(range(16))


def test_a_dense_cache_is_read_without_a_halt_where_a_hybrid_takes_its_snapshots(
    dense: Path, hybrid: Path
) -> None:
    lengths = []
    for folder in (dense, hybrid):
        cache, loaded = cache_of(folder)
        tokens = list(range(30))
        lengths.append(list(prefill(loaded.model, cache, tokens, 64, (10, 20), lambda: False)))
    assert lengths == [[30], [10, 20, 30]]


@dataclass(frozen=True)
class Watched(Draft):
    """A draw that notes when its computation is started."""

    number: int = 0
    started: list[int] = field(default_factory=list)

    def start(self) -> None:
        self.started.append(self.number)
        super().start()


@pytest.mark.parametrize("most", [0, 3])
def test_nobody_waits_for_a_step_whose_token_is_not_wanted_yet(dense: Path, most: int) -> None:
    cache, loaded = cache_of(dense)
    read(cache, loaded, list(range(10)))
    decoder, started, drawn = Decoder(loaded.model, cache), [], []
    decoder.feed([11])

    def draw(logits: mx.array) -> Draft:
        drawn.append(logits)
        return Watched(mx.argmax(logits, axis=-1), number=len(drawn), started=started)

    tokens = decoder.stream(draw, most)
    next(tokens)
    assert started == [1], "the first token comes before the step after it"
    next(tokens)
    assert started == [1, 2, 3], "then each step is under way when its token is asked for"
    next(tokens)
    assert started == ([1, 2, 3] if most else [1, 2, 3, 4]), "after the last nothing is begun"
    assert len(cache.ids) == 14, "the cache holds what was given out"
