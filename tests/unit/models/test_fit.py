"""What fits a machine, how fast it can be, and which variant to take."""

import pytest

from carnice_tui.cli.model_text import fits_text
from carnice_tui.models.catalog import Variant, load_catalogue
from carnice_tui.models.fit import fit, fits, recommend, speed_limit, what_would_fit
from carnice_tui.models.machine import Machine, bandwidth_of
from carnice_tui.models.memory import Load

GB = 1_000_000_000


@pytest.fixture(autouse=True)
def _nothing_of_the_users(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARNICE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))


def mac(room: float, bandwidth: float | None = 273.0) -> Machine:
    return Machine("Apple M4 Pro", "metal", int(room * 1.33 * GB), int(room * GB), bandwidth)


def variant(name: str) -> Variant:
    found = load_catalogue().find(name)
    assert found
    return found


@pytest.mark.parametrize(
    ("chip", "cores", "expected"),
    [
        ("Apple M4 Pro", 16, 273),
        ("Apple M3 Max", 40, 400),
        ("Apple M3 Max", 30, 300),
        ("Apple M5 Max", 40, 614),
        ("Apple M1", 8, 68),
        ("Apple M99 Giga", 8, None),
        ("Intel(R) Xeon(R)", 0, None),
        ("", 0, None),
    ],
)
def test_the_bandwidth_of_a_chip(chip: str, cores: int, expected: float | None):
    assert bandwidth_of(chip, cores) == expected


def test_memory_is_weights_plus_context_plus_state_plus_overhead():
    one = fit(load_catalogue(), variant("carnice-4bit"), mac(36), 32_768)
    assert one.kv == 32_768 * 65_536
    assert round(one.state / 2**20) == 4 * 147 - 1  # the live one and three snapshots
    assert one.needed == one.weights + one.kv + one.state + one.overhead
    assert one.verdict == "fits"


def test_the_longest_context_is_just_what_the_memory_holds():
    catalogue, machine = load_catalogue(), mac(20)
    one = fit(catalogue, variant("carnice-4bit"), machine, 1024)
    assert fit(catalogue, one.variant, machine, one.longest_context).runs
    assert not fit(catalogue, one.variant, machine, one.longest_context + 256).runs


@pytest.mark.parametrize(
    ("name", "bandwidth", "reported"),
    [
        ("carnice-4bit", 273, 17.3),
        ("carnice-mixed_3_6", 273, 17.0),
        ("carnice-6bit", 273, 11.0),
        ("qwen3.6-ud-q2", 400, 20.0),
        ("qwen3.6-ud-nvfp4", 400, 14.9),
        ("qwen3.6-ud-q8", 400, 9.9),
    ],
)
def test_no_reported_speed_is_above_the_limit(name: str, bandwidth: float, reported: float):
    one = fit(load_catalogue(), variant(name), mac(96, bandwidth), 512)
    assert one.speed_limit
    assert 0.7 * one.speed_limit < reported < one.speed_limit


def test_a_chip_of_unknown_bandwidth_has_no_expected_speed():
    one = fit(load_catalogue(), variant("carnice-4bit"), mac(36, None), 4096)
    assert one.speed_limit is None
    assert one.expected_speed is None


@pytest.mark.parametrize(
    ("room", "bandwidth", "expected"),
    [(36, 273, "carnice-6bit"), (18, 273, "carnice-mixed_3_6"), (36, 120, "carnice-mixed_3_6")],
)
def test_the_recommendation_follows_the_card(room: float, bandwidth: float, expected: str):
    found = recommend(load_catalogue(), mac(room, bandwidth), 8192)
    assert found
    assert found.fit.variant.name == expected
    assert "GB" in found.reason


def test_where_nothing_fits_nothing_is_recommended():
    assert recommend(load_catalogue(), mac(8), 8192) is None


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (17, "Take carnice-mixed_3_6: it holds up to {} tokens."),
        (8, "No variant of Carnice fits this machine."),
    ],
)
def test_where_nothing_holds_a_context_that_which_holds_most_is_named(room: float, said: str):
    catalogue, machine = load_catalogue(), mac(room)
    found = fits(catalogue, machine, 32_768)
    assert recommend(catalogue, machine, 32_768) is None
    text = fits_text(found, None, machine, 32_768)
    longest = next(one for one in found if one.variant.name == "carnice-mixed_3_6").longest_context
    assert text.splitlines()[-1].endswith(said.format(f"{longest:,}"))
    row = next(line for line in text.splitlines() if line.startswith("carnice-mixed_3_6 "))
    assert (f" {longest:,} " if longest else " - ") in row


def test_one_that_does_not_fit_says_what_would():
    catalogue, machine = load_catalogue(), mac(18)
    one = fit(catalogue, variant("carnice-6bit"), machine, 8192)
    assert one.verdict == "too large"
    names = [other.variant.name for other in what_would_fit(catalogue, machine, one)]
    assert "carnice-mixed_3_6" in names


def test_a_model_of_unknown_size_is_not_judged():
    one = fit(load_catalogue(), Variant(name="x", repository="x/y"), mac(36), 8192)
    assert one.verdict == "unknown"


def test_a_model_of_which_nothing_is_read_here_has_no_limit_of_speed():
    assert speed_limit(Load(0, 0, None), mac(36), 0) is None
