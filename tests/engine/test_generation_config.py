"""A model's own generation settings, where the user has set none."""

import time
from pathlib import Path

import pytest

from carnice_tui.core.events import TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.generation import Drawing, GenerationDefaults, generation_defaults
from carnice_tui.engine.worker.turn import Control, Turns


def test_what_the_model_names_is_taken_where_nothing_else_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "generation_config.json").write_text(
        '{"temperature": 1.0, "top_k": 40, "max_new_tokens": 2048, "eos_token_id": [1]}'
    )
    own = generation_defaults(tmp_path)
    assert own.drawing(Sampling()) == Drawing(temperature=1.0, top_p=0.95, top_k=40)
    assert own.drawing(Sampling(0.0, 0.5, 0)) == Drawing(0.0, 0.5, 0)
    assert own.limit(0) == 2048
    assert own.limit(7) == 7


def test_a_model_that_does_not_sample_is_greedy_unless_asked_otherwise() -> None:
    own = GenerationDefaults(do_sample=False)
    assert own.drawing(Sampling()).temperature == 0
    assert own.drawing(Sampling(temperature=0.7)).temperature == 0.7


@pytest.mark.parametrize("content", [None, "", "[]", '{"top_k": "many"}', "\x00"])
def test_nothing_is_taken_from_a_file_that_is_missing_or_wrong(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "generation_config.json").write_text(content)
    own = generation_defaults(tmp_path)
    assert own.drawing(Sampling()) == Drawing()
    assert own.limit(0) == 0


def test_a_turn_is_as_long_as_the_model_says_unless_the_request_does(endless: Path) -> None:
    *_, loaded = loading.load(endless, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    loaded.generation = GenerationDefaults(max_new_tokens=5, do_sample=False)
    for wanted, spoken in ((0, 5), (9, 9)):
        request = TurnRequest((Message("user", "x"),), max_tokens=wanted)
        *_, last = Turns(loaded).run(request, Control(), time.perf_counter())
        assert isinstance(last, TurnFinished)
        assert (last.reason, last.stats.answer_tokens) == ("length", spoken)
