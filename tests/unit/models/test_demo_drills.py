"""The drills in copying: what stands in them and what is wanted back."""

import random
import re

from carnice_tui.agent.errors import NOT_ALLOWED
from carnice_tui.models.demo_training.bugs import draw_case
from carnice_tui.models.demo_training.copying import names_again
from carnice_tui.models.demo_training.mix import FINDING, POINTING, QUOTED_WEIGHT
from carnice_tui.models.demo_training.recipe import STAGES
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


def test_every_stage_draws_the_same_from_the_same_seed():
    for stage in STAGES:
        first, again = random.Random(7), random.Random(7)
        for _ in range(20):
            assert stage.source(first) == stage.source(again)


def test_what_a_verdict_quotes_weighs_more_at_the_end() -> None:
    rng = random.Random("pointing")
    samples = [sample for _ in range(60) for sample in POINTING(rng)]
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


def test_a_call_that_fails_is_told_as_it_is_and_not_made_again() -> None:
    told = 0
    for seed in range(150):
        dialogue = tool_dialogue(random.Random(seed), another=0.0, failed=1.0)
        for at in dialogue.failures_told:
            result, answer = dialogue.messages[at - 1 : at + 1]
            assert result["role"] == "tool"
            assert "tool_calls" not in answer
            why = result["content"].removeprefix(NOT_ALLOWED).strip(" ().").split("\nexit")[0]
            assert why in answer["content"]
            told += 1
    assert told > 100


def test_a_refusal_begins_as_the_agent_writes_it_and_says_that_nothing_was_done() -> None:
    answers = [
        dialogue.messages[at]["content"]
        for seed in range(200)
        for dialogue in [tool_dialogue(random.Random(seed), failed=1.0)]
        for at in dialogue.failures_told
        if dialogue.messages[at - 1]["content"].startswith(NOT_ALLOWED)
    ]
    assert len(answers) > 20
    assert all(answer.startswith("That was not allowed") for answer in answers)
    assert all(". Nothing was " in answer for answer in answers)


def test_no_call_fails_in_the_dialogues_that_are_measured_as_calls() -> None:
    for seed in range(60):
        assert not tool_dialogue(random.Random(seed)).failures_told


def test_the_last_stage_shows_a_bug_among_correct_code_more_often() -> None:
    def lines(crowded: float) -> int:
        rng = random.Random(1)
        return sum(draw_case(rng, crowded=crowded).code.count("\n") for _ in range(80))

    assert FINDING.crowded > POINTING.crowded
    assert lines(FINDING.crowded) > 1.3 * lines(POINTING.crowded)
