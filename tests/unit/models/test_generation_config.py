"""A model's own generation settings, where the user has set none."""

from pathlib import Path

import pytest

from carnice_tui.core.messages import Sampling
from carnice_tui.models.generation import GenerationDefaults, generation_defaults

OURS = Sampling(temperature=0.6, top_p=0.95, top_k=20, seed=3)


def test_what_the_model_names_takes_the_place_of_our_default(tmp_path: Path):
    (tmp_path / "generation_config.json").write_text(
        '{"temperature": 1.0, "top_k": 40, "max_new_tokens": 2048, "eos_token_id": [1]}'
    )
    found = generation_defaults(tmp_path)
    assert found.sampling(OURS) == Sampling(temperature=1.0, top_p=0.95, top_k=40, seed=3)
    assert found.max_new_tokens == 2048


def test_a_model_that_does_not_sample_is_greedy():
    assert GenerationDefaults(do_sample=False).sampling(OURS).temperature == 0


@pytest.mark.parametrize("content", [None, "", "[]", '{"top_k": "many"}', "\x00"])
def test_nothing_is_taken_from_a_file_that_is_missing_or_wrong(tmp_path: Path, content: str | None):
    if content is not None:
        (tmp_path / "generation_config.json").write_text(content)
    assert generation_defaults(tmp_path).sampling(OURS) == OURS
