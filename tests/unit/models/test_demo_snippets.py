"""The corpus generator: same seed, same text; templates are well formed; classes are told apart."""

import ast
import random
from itertools import product

import pytest

from carnice_tui.models.demo_training import bugs
from carnice_tui.models.demo_training.chat import chat_conversation
from carnice_tui.models.demo_training.classes import bug_classes, recognised
from carnice_tui.models.demo_training.judge import judge
from carnice_tui.models.demo_training.naming import HELD_OUT, TRAINING, Names, Style
from carnice_tui.models.demo_training.samples import Conversation, conversation_sample, render
from carnice_tui.models.demo_training.snippets import Renderer, Snippet, Template, all_templates
from carnice_tui.models.demo_training.styling import CASES
from carnice_tui.models.demo_training.tool_samples import tool_conversation
from carnice_tui.models.demo_training.tool_schemas import tool_schemas

TEMPLATES = [template for found in all_templates().values() for template in found]
OF_A_CLASS = {
    bug_class: [t for t in TEMPLATES if t.bug_class == bug_class]
    for bug_class in sorted({t.bug_class for t in TEMPLATES})
}


def rendered(template: Template, seed: int) -> Snippet:
    rng = random.Random(seed)
    names = Names(rng, CASES[template.language], Style.WORDS)
    return Renderer(rng, names, types=seed % 2 == 0).snippet(template)


@pytest.mark.parametrize("draw", [bugs.bug_conversation, chat_conversation, tool_conversation])
def test_the_same_seed_gives_the_same_dialogues(draw):
    first = [render(draw(random.Random(seed))) for seed in range(20)]
    assert first == [render(draw(random.Random(seed))) for seed in range(20)]
    assert len(set(first)) == 20


@pytest.mark.parametrize("bug_class", OF_A_CLASS)
def test_a_template_gives_a_bug_its_twin_and_a_recognised_answer(bug_class):
    for template, seed in product(OF_A_CLASS[bug_class], range(3)):
        snippet = rendered(template, seed)
        which = f"variant {template.variant} in {template.language}: {snippet.buggy}"
        assert snippet.buggy != snippet.correct, which
        assert snippet.wrong_line in snippet.buggy, which
        text = "\n".join([*snippet.buggy, *snippet.correct])
        assert not set("⟦⟧¦⟨⟩") & set(text), which
        answer = bugs.verdict(random.Random(seed), snippet)
        assert judge(answer, (template.bug_class,), ()).well_formed, which
        assert recognised(answer.split("\n")[0]) == [template.bug_class], which
        assert "{" not in snippet.told(snippet.wording.why), which


@pytest.mark.parametrize("bug_class", OF_A_CLASS)
def test_python_templates_parse(bug_class):
    in_python = [t for t in OF_A_CLASS[bug_class] if t.language == "py"]
    for template, seed in product(in_python, range(3)):
        snippet = rendered(template, seed)
        for code in (snippet.buggy, snippet.correct):
            ast.parse("\n".join(code), f"variant {template.variant} of {bug_class}")


def test_there_are_at_least_forty_classes_each_with_a_template():
    assert {template.bug_class for template in TEMPLATES} == set(bug_classes())
    assert len(bug_classes()) >= 40


def test_held_out_words_are_not_trained_on():
    trained = {*TRAINING.nouns, *TRAINING.verbs, *TRAINING.adjectives}
    assert not trained & {*HELD_OUT.nouns, *HELD_OUT.verbs, *HELD_OUT.adjectives}


def test_clean_snippets_are_only_asked_about_where_ok_is_allowed():
    for seed in range(200):
        messages = bugs.bug_conversation(random.Random(seed)).messages
        if messages[2]["content"] == "OK":
            assert messages[0]["content"] == bugs.SYSTEM_WITH_OK


def test_the_corrected_code_of_a_follow_up_is_the_twin():
    rng = random.Random(3)
    exhibit = bugs.draw_case(rng, bugs=1)
    assert exhibit.wrong_lines[0] in exhibit.code.split("\n")
    assert exhibit.code != exhibit.corrected


def test_only_what_the_assistant_generates_has_full_weight():
    conversation = Conversation(
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    )
    sample = conversation_sample(conversation)
    from carnice_tui.models.demo_training.samples import shipped_tokenizer

    kept = [token for token, weight in zip(sample.ids, sample.weights, strict=True) if weight == 1]
    text = shipped_tokenizer().decode(kept, skip_special_tokens=False)
    assert text == "Hello.<|im_end|>"


def test_tool_calls_in_dialogues_fit_their_schemas():
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tool_schemas()}
    for seed in range(100):
        for message in tool_conversation(random.Random(seed)).messages:
            for call in message.get("tool_calls", []):
                schema = schemas[call["function"]["name"]]
                arguments = call["function"]["arguments"]
                assert set(schema["required"]) <= set(arguments) <= set(schema["properties"])


def test_a_name_that_sounds_like_another_class_does_not_count_as_one():
    answer = (
        "BUG: `statuses` is an array of promises; `await` on it does not wait as `Promise.all` "
        "would.\nFIX: Replace `await statuses` with `await Promise.all(statuses)`."
    )
    assert judge(answer, ("promise_all",), ("statuses",)).right_class
    assert not judge(answer, ("unchecked_status",), ("statuses",)).right_class
