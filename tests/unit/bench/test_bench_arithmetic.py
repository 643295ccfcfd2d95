"""The figures that a benchmark prints: their arithmetic, tables and comparison."""

from pathlib import Path

import msgspec
import pytest

from carnice_tui.bench import agent7, tables
from carnice_tui.bench import decode as decode_suite
from carnice_tui.bench.compare import compare
from carnice_tui.bench.results import BenchError, Measure, Result, Row, new_result, read, save
from carnice_tui.bench.samples import (
    Sample,
    decode_tps,
    gaps_of,
    ratio_interval,
    slowest_tenth,
    standard_error,
)


def sample(wall: float, tokens: int = 11, speed: float = 10.0) -> Sample:
    return Sample(wall=wall, first=0.1, tokens=tokens, decode_tps=speed, gaps=(0.1,) * 10)


def result(rows: list[Row], suite: str = "agent7") -> Result:
    return new_result(suite, "a machine", "as it was", rows)


def test_n_tokens_have_n_minus_one_intervals():
    assert decode_tps(11, 2.0, 3.0) == 10.0
    assert decode_tps(1, 2.0, 3.0) == 0.0


def test_the_slowest_tenth_is_what_nine_tokens_in_ten_exceed():
    assert slowest_tenth([0.1] * 9 + [1.0]) == pytest.approx(10)
    assert slowest_tenth([0.1] * 8 + [1.0] * 2) == pytest.approx(1)
    assert slowest_tenth([]) is None


def test_tokens_that_arrive_together_count_as_equal_steps():
    arrivals = [(0.0, 1), (0.030, 1), (0.030001, 1), (0.030002, 1), (0.060, 1)]
    gaps = gaps_of(arrivals)
    assert sum(gaps) == pytest.approx(0.060)
    assert max(gaps) < 0.0301
    assert min(gaps) > 0.005


def test_agent7_adds_up_and_compares_with_the_baseline():
    ours = agent7.row_of("m", "carnice-chat", [sample(1.0), sample(2.0)])
    plain = agent7.row_of("m", "mlx_lm", [sample(2.0), sample(4.0)])
    first, second = agent7.with_speed_up([ours, plain])
    wall, tokens, faster = (first.measure(n) for n in (agent7.WALL, agent7.TOKENS, agent7.FASTER))
    assert wall
    assert tokens
    assert faster
    assert (wall.value, tokens.value, faster.value) == (3.0, 22.0, 2.0)
    chosen = agent7.with_speed_up([ours, plain], "carnice-chat")[1].measure(agent7.FASTER)
    assert chosen
    assert chosen.value == 0.5
    assert second.measure(agent7.FASTER) == Measure(agent7.FASTER, "x", 1.0)


def test_a_baseline_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(BenchError, match="mlx_lm"):
        agent7.with_speed_up([agent7.row_of("m", "mlx_lm", [sample(1.0)])], "llama.cpp")


def test_decode_takes_the_best_of_turns_two_to_four():
    turns = [sample(1, speed=99.0), *(sample(1, speed=s) for s in (10.0, 12.0, 11.0))]
    row = decode_suite.row_of("m", "carnice-chat", turns, limit=24.0)
    best, mean, share = (row.measure(name) for name in ("best", "mean", "of the limit"))
    assert best
    assert mean
    assert share
    assert (best.value, mean.value, share.value) == (12.0, 11.0, 50.0)
    assert mean.error == standard_error([10.0, 12.0, 11.0])


def test_a_result_is_read_as_it_was_saved(tmp_path: Path):
    found = result([Row("m", "mlx_lm", (Measure("a", "s", 1.5, 0.1, (1.0, 2.0)),))])
    save(found, tmp_path / "r.json")
    assert read(tmp_path / "r.json") == found


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff"])
def test_what_is_no_result_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "r.json").write_bytes(content)
    with pytest.raises(BenchError, match="no result"):
        read(tmp_path / "r.json")


def test_the_interval_holds_the_ratio_and_finds_a_real_difference():
    low, high = ratio_interval([2.0, 2.1, 1.9, 2.0], [1.0, 1.05, 0.95, 1.0])
    assert 1.8 < low < 2.0 < high < 2.2
    low, high = ratio_interval([1.0, 2.0, 3.0], [1.1, 2.1, 2.9])
    assert low < 1 < high


def test_two_results_are_compared_row_by_row():
    def row(*samples: float) -> Row:
        return Row("m", "mlx_lm", (Measure("t", "s", sum(samples) / 4, samples=samples),))

    before, after = result([row(1, 1.1, 0.9, 1)]), result([row(2, 2.2, 1.8, 2)])
    (found,) = compare(before, after)
    assert found.ratio == pytest.approx(2)
    assert found.certain
    assert "differs" in tables.differences([found])
    with pytest.raises(BenchError, match="different suites"):
        compare(before, msgspec.structs.replace(after, suite="decode"))
    with pytest.raises(BenchError, match="no row in common"):
        compare(before, result([]))


def test_tables_say_that_they_were_measured_and_pass_nothing_to_the_terminal():
    evil = Row("m\x1b[31m|x", "mlx_lm", (Measure("at 256", "", 4.949, 0.092),))
    for text in (tables.markdown(result([evil])), tables.chart(result([evil]))):
        assert "\x1b" not in text
        assert "4.949 ± 0.092" in text
    assert "Measured with carnice-chat bench" in tables.markdown(result([evil]))
