"""An answer held to a JSON schema satisfies it, whatever the model would rather say."""

import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import mlx.core as mx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnice_tui.core.events import Event, Notice, PrefillProgress, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import JsonGuide, Tool, TurnRequest
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.caches import Caches
from carnice_tui.engine.worker.clock import Control
from carnice_tui.engine.worker.decode import Decoder, Drawn
from carnice_tui.engine.worker.generation import Drawing
from carnice_tui.engine.worker.jsonguide import JsonAnswer
from carnice_tui.engine.worker.prefix import PrefixCache
from carnice_tui.engine.worker.sampling import make_sampler, scored
from carnice_tui.engine.worker.turn import Turns
from carnice_tui.engine.worker.vocabulary import Vocabulary
from tests.engine.cold import message_of

FINDING = {
    "type": "object",
    "properties": {
        "line": {"type": "integer", "minimum": 1, "maximum": 400},
        "what": {"type": "string", "minLength": 2, "maxLength": 20},
        "sure": {"type": "number"},
        "kind": {"enum": ["race", "leak", None]},
    },
    "required": ["line", "what", "kind"],
    "additionalProperties": False,
}
SCHEMAS: list[dict[str, Any]] = [
    FINDING,
    {"type": "array", "items": FINDING, "minItems": 2},
    {"type": "object"},
    {"type": "string", "pattern": "^[a-c]{3}-[0-9]+$"},
    {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "null"}}]},
    {
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
        "$ref": "#/$defs/node",
    },
]


@pytest.fixture(params=["dense", "hybrid"])
def turns(request: pytest.FixtureRequest) -> Turns:
    return turns_of(request.getfixturevalue(request.param))


def turns_of(folder: Path) -> Turns:
    *_, loaded = loading.load(folder, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return Turns(loaded)


def ask(turns: Turns, schema: dict, text: str = "Answer in JSON.", **options) -> list[Event]:
    request = TurnRequest((Message("user", text),), guide=JsonGuide(schema), **options)
    return list(turns.run(request, Control(), time.perf_counter()))


def satisfied(events: list[Event], schema: dict) -> Any:
    value = json.loads(message_of(events).content)
    jsonschema.validate(value, schema)
    return value


@pytest.mark.parametrize("temperature", [0, 0.6, 2.0])
@pytest.mark.parametrize("schema", SCHEMAS, ids=range(len(SCHEMAS)))
def test_random_models_answer_as_the_schema_says(
    turns: Turns, schema: dict, temperature: float
) -> None:
    for seed in range(1):
        sampling = Sampling(temperature=temperature, seed=seed, top_k=0, top_p=1.0)
        events = ask(turns, schema, f"file {seed}", sampling=sampling, max_tokens=20)
        satisfied(events, schema)
        assert isinstance(events[-1], TurnFinished)
        assert events[-1].reason in ("stop", "length")


names = st.sampled_from(["a", "b", "name", "über", 'q"uote'])
schemas = st.recursive(
    st.sampled_from(
        [
            {"type": "string", "maxLength": 5},
            {"type": "integer"},
            {"type": "number", "minimum": 0},
            {"type": "boolean"},
            {"type": "null"},
            {"enum": ["x", 'y"z', 3]},
            {"const": {"deep": [1]}},
        ]
    ),
    lambda inner: (
        st.builds(
            lambda i, n: {"type": "array", "items": i, "minItems": n}, inner, st.integers(0, 3)
        )
        | st.builds(
            lambda p, more: {"type": "object", "properties": p, "required": [*p][:more]},
            st.dictionaries(names, inner, max_size=3),
            st.integers(0, 3),
        )
        | st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner)
    ),
    max_leaves=5,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schemas, st.integers(0, 99), st.sampled_from([0, 0.6, 2.0]), st.integers(1, 30))
def test_any_schema_is_satisfied_at_any_limit(
    dense_turns: Turns, schema: dict, seed: int, temperature: float, limit: int
) -> None:
    sampling = Sampling(temperature=temperature, seed=seed, top_k=0, top_p=1.0)
    satisfied(ask(dense_turns, schema, sampling=sampling, max_tokens=limit), schema)


@pytest.fixture(scope="module")
def dense_turns(dense: Path) -> Turns:
    return turns_of(dense)


def test_an_object_of_a_thousand_optional_properties_is_held_to(dense_turns: Turns) -> None:
    schema = {
        "type": "object",
        "properties": {f"p{n}": {"type": "integer"} for n in range(1000)},
        "required": ["p3"],
        "additionalProperties": False,
    }
    satisfied(ask(dense_turns, schema, max_tokens=8), schema)


def test_at_its_limit_a_value_is_closed_and_the_turn_says_length(dense_turns: Turns) -> None:
    schema = {"type": "array", "items": {"type": "string"}, "minItems": 3}
    events = ask(dense_turns, schema, max_tokens=1)
    satisfied(events, schema)
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].reason == "length"
    assert events[-1].stats.answer_tokens < 20


def test_the_end_of_the_window_closes_a_value_too(endless: Path) -> None:
    *_, loaded = loading.load(endless, "tiny", 150)
    assert isinstance(loaded, loading.LoadedModel)
    schema = {"type": "array", "items": {"type": "string"}, "minItems": 2}
    events = ask(Turns(loaded), schema, sampling=Sampling(temperature=0))
    satisfied(events, schema)


def test_thinking_comes_first_and_is_free(turns: Turns) -> None:
    events = ask(turns, FINDING, thinking="on", thinking_budget=10, max_tokens=60)
    assert message_of(events).reasoning
    satisfied(events, FINDING)


def test_a_limit_that_thinking_used_up_still_gives_a_value(endless: Path) -> None:
    events = ask(turns_of(endless), FINDING, thinking="on", max_tokens=8)
    assert message_of(events).reasoning
    satisfied(events, FINDING)


def test_stop_strings_do_not_cut_a_value(dense_turns: Turns) -> None:
    events = ask(dense_turns, FINDING, stop=("{", '"', "e"), max_tokens=40)
    satisfied(events, FINDING)


def test_a_schema_that_cannot_be_held_is_refused_before_anything_is_read(
    dense_turns: Turns,
) -> None:
    events = ask(dense_turns, {"not": {"type": "string"}})
    assert not any(isinstance(event, PrefillProgress) for event in events)
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.level == "error"
    assert "not" in notice.text
    assert events[-1] == TurnFinished("failed")


def test_the_next_turn_after_a_value_reads_only_the_new_words(turns: Turns) -> None:
    sampling = Sampling(temperature=0)
    asked = Message("user", "Answer in JSON.")
    events = ask(turns, FINDING, sampling=sampling, max_tokens=20)
    answered = TurnRequest(
        (asked, message_of(events), Message("user", "Why?")), sampling=sampling, max_tokens=2
    )
    again = list(turns.run(answered, Control(), time.perf_counter()))
    first, second = events[-1], again[-1]
    assert isinstance(first, TurnFinished)
    assert isinstance(second, TurnFinished)
    whole = first.stats.prompt_tokens + first.stats.answer_tokens
    assert second.stats.cached_tokens >= whole


class Scripted:
    """A model that says one list of ids, whatever it reads."""

    layers = ()

    def __init__(self, ids: list[int], size: int) -> None:
        self.ids, self.size, self.read = ids, size, 0

    def __call__(self, tokens: mx.array, *, cache: list) -> mx.array:
        self.read += tokens.shape[-1]
        logits = mx.random.normal((1, tokens.shape[-1], self.size))
        if self.read <= len(self.ids):
            logits[0, -1, self.ids[self.read - 1]] = 100.0
        return logits


def spoken_json(turns: Turns, schema: dict, ids: list[int], *, or_call: bool = False) -> str:
    """What is said under `schema` by a model that would say `ids`."""
    template = turns.loaded.template
    size = vocabulary_size(turns)
    model: Any = Scripted(ids, size)
    cache = PrefixCache(model, 1 << 20)
    decoder = Decoder(model, cache)
    decoder.feed([0])
    sampler = make_sampler(Drawing(temperature=0))
    said: list[int] = []

    def say(drawn: Drawn):
        said.append(drawn.token)
        yield from ()

    answer = JsonAnswer(
        JsonGuide(schema),
        decoder,
        template,
        turns.vocabulary(size),
        lambda allowed: scored(sampler, allowed),
        say,
        lambda: False,
    )
    list(answer.events(or_call=or_call))
    return template.tokenizer.decode(said)


def vocabulary_size(turns: Turns) -> int:
    model: Any = turns.loaded.model
    return model.args.vocab_size


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x7f"), max_size=8)
"""What JSON strings hold; the delete character is the one that is never written raw."""

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | texts | st.floats(-9, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain_json, st.sampled_from([None, 1, 4]), st.booleans())
def test_a_value_that_satisfies_its_schema_by_itself_is_not_changed(
    dense_turns: Turns, value: object, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    template = dense_turns.loaded.template
    ids = [*template.encode(text), min(template.eos_ids)]
    assert spoken_json(dense_turns, {}, ids) == text


def test_with_tools_the_model_may_call_one_instead(dense_turns: Turns) -> None:
    template = dense_turns.loaded.template
    assert template.tool_start is not None
    said = spoken_json(dense_turns, FINDING, [template.tool_start], or_call=True)
    assert said == "<tool_call>"
    assert spoken_json(dense_turns, {"const": 1}, [template.tool_start]) == "1"


def test_a_turn_goes_on_with_the_call(dense: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = turns_of(dense)
    template = turns.loaded.template
    call = "<tool_call>\n<function=look>\n</function>\n</tool_call>"
    prompt = turns.history.prompt(
        TurnRequest((Message("user", "Answer in JSON."),), tools=(Tool("look", "Look.", {}),))
    )
    script = [*prompt[1:], *template.encode(call), min(template.eos_ids)]
    turns.loaded.model = Scripted(script, vocabulary_size(turns))
    turns.caches = Caches(turns.loaded.model, 1 << 20, 1 << 20)
    events = ask(
        turns, FINDING, tools=(Tool("look", "Look.", {}),), sampling=Sampling(temperature=0)
    )
    assert [c.name for c in message_of(events).calls] == ["look"]
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].reason == "tool-calls"


def test_a_vocabulary_that_the_model_pads_is_padded_for_grammars(dense_turns: Turns) -> None:
    padded = vocabulary_size(dense_turns) + 37
    assert Vocabulary(dense_turns.loaded.template, padded).for_grammars.vocab_size == padded
