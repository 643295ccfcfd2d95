"""What the demo model is measured on is sound, and what it is taught about the app is true."""

import ast
import random
import tomllib
from pathlib import Path

import pytest

from carnice_tui.models.demo_training import bugs, chat
from carnice_tui.models.demo_training.cases import HANDWRITTEN, handwritten_cases
from carnice_tui.models.demo_training.classes import bug_classes
from carnice_tui.models.demo_training.naming import HELD_OUT, TRAINING, Case, Names, Style
from carnice_tui.models.demo_training.samples import repeated_spelling, shipped_tokenizer
from carnice_tui.models.demo_training.tool_samples import tool_conversation
from carnice_tui.ui.commands import COMMANDS
from carnice_tui.ui.widgets.composer import Composer

KEYS = Path(chat.__file__).with_name("chat_keys.toml")


@pytest.mark.parametrize("group", HANDWRITTEN)
def test_hand_written_snippets_have_known_classes_and_a_twin_that_differs(group):
    bugs_of_group = [case for case in handwritten_cases(group) if case.classes]
    twins = [case for case in handwritten_cases(group) if not case.classes]
    assert {name for case in bugs_of_group for name in case.classes} <= set(bug_classes())
    assert len(bugs_of_group) == 2 * len(twins)
    assert not {case.code for case in bugs_of_group} & {case.code for case in twins}


@pytest.mark.parametrize("group", HANDWRITTEN)
def test_every_mend_of_a_hand_written_snippet_finds_its_place(group):
    for entry in tomllib.loads(HANDWRITTEN[group].read_text())["snippet"]:
        code = entry["code"].strip("\n")
        for old, new in entry["fix"]:
            assert old in code or old.strip("\n") in code, (entry["classes"], old)
            code = code.replace(old if old in code else old.strip("\n"), new)
        if entry["language"] == "python":
            ast.parse(code)


def test_glued_names_are_never_the_held_out_ones():
    held_out = {*HELD_OUT.nouns, *HELD_OUT.verbs, *HELD_OUT.adjectives}
    for seed in range(2000):
        names = Names(random.Random(seed), Case.SNAKE, Style.GLUED, TRAINING)
        assert not held_out & set(names["v"].split("_"))


def test_names_of_the_evaluation_are_held_out_words_only():
    words = {*HELD_OUT.nouns, *HELD_OUT.verbs, *HELD_OUT.adjectives}
    for seed in range(200):
        names = Names(random.Random(seed), Case.SNAKE, Style.WORDS, HELD_OUT)
        assert set(names["F"].split("_")) <= words


@pytest.mark.parametrize("language", ["py", "js", "go", "c", "rust"])
def test_lines_around_a_bug_stand_in_the_twin_too(language):
    for seed in range(60):
        plain = bugs.draw_case(random.Random(seed), language=language, small=True)
        case = bugs.draw_case(random.Random(seed), language=language, small=True, surrounded=1.0)
        assert case.bugs[0].template == plain.bugs[0].template
        wrong = {line.text for line in case.bugs[0].lines if line.mark == "-"}
        assert wrong <= set(case.code.split("\n"))


def test_a_name_begun_again_is_to_be_copied_to_its_end():
    tokenizer = shipped_tokenizer()
    ids = tokenizer.encode("qzxv = 1\nprint(qzxv)").ids
    copied = "".join(tokenizer.decode([ids[at]]) for at in repeated_spelling(ids))
    assert copied
    assert "qzxv".endswith(copied)


def test_tool_dialogues_of_the_evaluation_list_every_tool():
    for seed in range(20):
        tools = tool_conversation(random.Random(seed), HELD_OUT).tools
        assert len({tool["function"]["name"] for tool in tools}) == 6


def test_the_keys_it_is_taught_are_the_keys_of_the_app():
    bound = {command.keys for command in COMMANDS} | {"enter", "ctrl+p"}
    for binding in Composer.BINDINGS:
        bound |= set((binding.key if hasattr(binding, "key") else binding[0]).split(","))
    named = {entry["key"].lower() for entry in tomllib.loads(KEYS.read_text())["key"]}
    assert {key.replace("esc", "escape") for key in named} <= bound
