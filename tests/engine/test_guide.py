"""A guided answer keeps its form, whatever the model would rather say."""

import re
import time
from pathlib import Path

import msgspec
import pytest

from carnice_tui.core.events import AnswerDelta, Event, GuideScore, TurnFinished
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import Guide, TurnRequest
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.clock import Control
from carnice_tui.engine.worker.turn import Turns
from carnice_tui.review import prompt
from tests.engine.cold import message_of

CONTRACT = re.compile(r"BUG: [^\n]*\S[^\n]*\nFIX: [^\n]*\S[^\n]*")
LINES = Guide(max_line_tokens=12)
OPENING = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
NEW_WORDS = f"\n<|im_start|>user\nExplain.{OPENING}"
VERDICT = Guide(alternative="OK", max_line_tokens=12)


@pytest.fixture(params=["dense", "hybrid"])
def turns(request: pytest.FixtureRequest) -> Turns:
    folder: Path = request.getfixturevalue(request.param)
    *_, loaded = loading.load(folder, "tiny", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return Turns(loaded)


def ask(turns: Turns, text: str, guide: Guide | None, **options) -> list[Event]:
    request = TurnRequest(
        (Message("system", "You find bugs."), Message("user", text)), guide=guide, **options
    )
    return list(turns.run(request, Control(), time.perf_counter()))


def score(events: list[Event]) -> GuideScore:
    (found,) = [event for event in events if isinstance(event, GuideScore)]
    return found


@pytest.mark.parametrize("temperature", [0, 0.6, 2.0])
def test_random_models_answer_in_the_contract(turns: Turns, temperature: float) -> None:
    for seed in range(10):
        sampling = Sampling(temperature=temperature, seed=seed, top_k=0, top_p=1.0)
        events = ask(turns, f"file {seed}", LINES, sampling=sampling)
        answer = message_of(events).content
        assert CONTRACT.fullmatch(answer), answer
        assert isinstance(events[-1], TurnFinished)
        assert events[-1].reason == "stop"


@pytest.mark.parametrize("temperature", [0, 50.0])
def test_a_verdict_is_the_contract_or_ok(turns: Turns, temperature: float) -> None:
    branches: set[str] = set()
    for seed in range(10):
        sampling = Sampling(temperature=temperature, seed=seed, top_k=0, top_p=1.0)
        events = ask(turns, f"file {seed}", VERDICT, sampling=sampling)
        answer = message_of(events).content
        assert answer == "OK" or CONTRACT.fullmatch(answer), answer
        said = score(events)
        assert said.branch == ("OK" if answer == "OK" else "BUG:")
        assert 0 < said.branch_probability <= 1
        branches.add(said.branch)
    # At this temperature the branches are near equally likely: ten draws hold both.
    assert temperature == 0 or branches == {"OK", "BUG:"}


def test_thinking_comes_first_and_is_free(turns: Turns) -> None:
    sampling = Sampling(temperature=1.0, seed=1)
    events = ask(turns, "x", VERDICT, thinking="on", thinking_budget=10, sampling=sampling)
    message = message_of(events)
    assert message.reasoning
    assert message.content == "OK" or CONTRACT.fullmatch(message.content)


def test_a_token_limit_never_breaks_the_form(turns: Turns) -> None:
    for thinking in ("off", "on"):
        events = ask(turns, "x", LINES, max_tokens=3, thinking=thinking)
        assert CONTRACT.fullmatch(message_of(events).content)


def test_an_option_is_given_word_for_word(turns: Turns) -> None:
    options = ("return await results", "return", "    for item in items {", "}", "return a")
    for seed in range(10):
        sampling = Sampling(temperature=2.0, seed=seed, top_k=0, top_p=1.0)
        events = ask(turns, f"which {seed}", Guide(options=options), sampling=sampling)
        assert message_of(events).content == score(events).branch
        assert message_of(events).content in options


def test_the_next_turn_after_a_guided_one_reads_only_the_new_words(turns: Turns) -> None:
    """Where the model ended its last line itself; a newline it wrote there is not kept, and
    then the answer is read again, but never the question."""

    def count(text: str) -> int:
        return len(turns.loaded.template.encode(text))

    reads: list[int] = []
    for seed in range(10):
        sampling = Sampling(temperature=1.0, seed=seed)
        first = (Message("system", "You find bugs."), Message("user", f"file {seed}"))
        guided = TurnRequest(first, guide=LINES, sampling=sampling)
        events = list(turns.run(guided, Control(), time.perf_counter()))
        asked = (*first, message_of(events), Message("user", "Explain."))
        follow_up = TurnRequest(asked, sampling=sampling, max_tokens=3)
        again = list(turns.run(follow_up, Control(), time.perf_counter()))
        assert isinstance(events[-1], TurnFinished)
        assert isinstance(again[-1], TurnFinished)
        reads.append(again[-1].stats.prefilled_tokens)
        question = events[-1].stats.prompt_tokens
        assert again[-1].stats.cached_tokens >= question - count(OPENING)
    assert min(reads) == count(NEW_WORDS)


def test_guided_text_streams(turns: Turns) -> None:
    events = ask(turns, "x", LINES)
    assert sum(isinstance(event, AnswerDelta) for event in events) > 4


SNIPPETS = {
    "ts": "async function load(ids: string[]) {\n  const pages = []\n  for (const id of ids) {\n"
    "    pages.push(fetch(`/api/${id}`))\n  }\n  return await pages\n}\n",
    "python": "def collect(item, seen=[]):\n    seen.append(item)\n    return seen\n",
    "c": "int last(int *values, int count) {\n    return values[count];\n}\n",
    "go": "func total(xs []int) int {\n\tsum := 0\n\tfor i := 0; i <= len(xs); i++ {\n"
    "\t\tsum += xs[i]\n\t}\n\treturn sum\n}\n",
}


@pytest.fixture(scope="module")
def demo() -> Turns:
    """The bundled demo model, whose tokenizer joins a colon and the space after it."""
    folder = Path(__file__).resolve().parents[2] / "carnice_tui" / "models" / "demo"
    *_, loaded = loading.load(folder, "demo", 0)
    assert isinstance(loaded, loading.LoadedModel)
    return Turns(loaded)


@pytest.mark.parametrize("language", SNIPPETS)
def test_an_answer_that_keeps_the_contract_by_itself_is_not_changed(
    demo: Turns, language: str
) -> None:
    asked = TurnRequest(
        (
            Message("system", prompt.SYSTEM),
            Message("user", prompt.question(SNIPPETS[language], language)),
        ),
        sampling=Sampling(temperature=0),
        max_tokens=120,
    )
    free = message_of(demo.run(asked, Control(), time.perf_counter())).content
    assert CONTRACT.fullmatch(free), "the demo model keeps the contract on its own ground"
    held = msgspec.structs.replace(asked, guide=Guide())
    assert message_of(demo.run(held, Control(), time.perf_counter())).content == free
