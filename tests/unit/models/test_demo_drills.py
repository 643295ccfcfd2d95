"""The drills in copying: what stands in them and what is wanted back."""

import random
import re

from carnice_tui.models.demo_training.copying import names_again
from carnice_tui.models.demo_training.mix import (
    QUOTED_WEIGHT,
    finishing,
    mixed,
    pointing,
    settling,
    showing,
)
from carnice_tui.models.demo_training.samples import Sample, shipped_tokenizer
from carnice_tui.models.demo_training.tool_samples import edits_again, tool_dialogue

PARAMETER = re.compile(r"<parameter=(\w+)>\n(.*?)\n</parameter>", re.DOTALL)


def split(sample: Sample) -> tuple[str, str]:
    """What is given, and what is wanted of the model."""
    given = [token for token, weight in zip(sample.ids, sample.weights, strict=True) if not weight]
    wanted = [token for token, weight in zip(sample.ids, sample.weights, strict=True) if weight]
    return shipped_tokenizer().decode(given), shipped_tokenizer().decode(wanted)


def test_a_drilled_edit_is_one_that_was_told():
    for seed in range(60):
        told, call = split(edits_again(random.Random(seed)))
        arguments = dict(PARAMETER.findall(call))
        assert list(arguments) == ["path", "old", "new"]
        assert arguments["old"] != arguments["new"]
        assert all(value in told for value in arguments.values())


def test_a_drilled_name_was_shown_before():
    for seed in range(60):
        shown, again = split(names_again(random.Random(seed)))
        for line in again.split("\n")[:-1]:
            assert f": {line}\n" in shown


def nested(echoing: float) -> list[str]:
    """Paths three deep in dialogues, all that are quoted by the user."""
    said = (
        message["content"]
        for seed in range(200)
        for message in tool_dialogue(random.Random(seed), echoing=echoing).messages
        if message["role"] == "user"
    )
    return [path for text in said for path in re.findall(r"\w+/(\w+/\w+)\.\w+", text)]


def echoes(path: str) -> bool:
    """Whether a word of the folder comes again in the name."""
    folder, name = path.split("/")
    return bool(set(folder.split("_")) & set(name.split("_")))


def test_paths_in_training_have_words_twice_where_that_is_asked_for():
    assert all(echoes(path) for path in nested(echoing=1.0))
    assert sum(map(echoes, nested(echoing=0.0))) < 3


def test_every_mix_draws_the_same_from_the_same_seed():
    for draw in (mixed, settling, finishing, pointing, showing):
        first, again = random.Random(7), random.Random(7)
        for _ in range(20):
            assert [s.ids for s in draw(first)] == [s.ids for s in draw(again)]


def test_what_a_verdict_quotes_weighs_more_at_the_end() -> None:
    rng = random.Random("pointing")
    samples = [sample for _ in range(60) for sample in pointing(rng)]
    quoted = [
        shipped_tokenizer().decode(
            [
                token
                for token, weight in zip(sample.ids, sample.weights, strict=True)
                if weight == QUOTED_WEIGHT
            ]
        )
        for sample in samples
    ]
    said = [name for name in quoted if name]
    assert len(said) > 20
    assert not any("BUG" in name or "`" in name for name in said)
