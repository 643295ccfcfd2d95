"""Whatever is cached, rewound or cut, the tokens are those of a cold run of mlx-lm."""

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from carnice_tui.core.events import Event, TurnFinished, TurnStats
from carnice_tui.core.messages import Message, Sampling
from carnice_tui.core.requests import TurnRequest
from carnice_tui.engine.worker import loading
from carnice_tui.engine.worker.clock import Control
from carnice_tui.engine.worker.history import TokenHistory, is_thinking
from carnice_tui.engine.worker.turn import Turns
from tests.engine.cold import Plain, message_of

GREEDY = Sampling(temperature=0)
TOKENS = 24


@dataclass
class Asked:
    """A turn that has run: its prompt, what was drawn, and its figures."""

    prompt: list[int]
    drawn: list[int]
    events: list[Event]

    @property
    def stats(self) -> TurnStats:
        assert isinstance(self.events[-1], TurnFinished)
        return self.events[-1].stats

    @property
    def reason(self) -> str:
        assert isinstance(self.events[-1], TurnFinished)
        return self.events[-1].reason


@dataclass
class Chat:
    """A conversation with the worker's own classes, in this process."""

    turns: Turns
    messages: list[Message] = field(default_factory=list)

    def say(self, text: str, control: Control | None = None, **options) -> Asked:
        self.messages.append(Message("user", text))
        return self.answer(control, **options)

    def answer(self, control: Control | None = None, **options) -> Asked:
        request = TurnRequest(
            **{
                "messages": tuple(self.messages),
                "sampling": GREEDY,
                "max_tokens": TOKENS,
                **options,
            }
        )
        prompt = self.turns.history.prompt(request)
        events = list(self.turns.run(request, control or Control(), time.perf_counter()))
        drawn = self.turns.cache.ids[len(prompt) :]
        said = message_of(events)
        if request.resume:
            begun = self.messages.pop()
            said = Message(
                "assistant", begun.content + said.content, begun.reasoning + said.reasoning
            )
        self.messages.append(said)
        return Asked(prompt, drawn, events)


def open_chat(folder: Path, system: str = "You find bugs.", window: int = 0) -> Chat:
    *_, loaded = loading.load(folder, "tiny", window)
    assert isinstance(loaded, loading.LoadedModel)
    return Chat(Turns(loaded), [Message("system", system)])


@pytest.fixture(params=["dense", "hybrid"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture
def plain(folder: Path) -> Plain:
    return Plain(folder)


@pytest.mark.parametrize("thinking", ["off", "on"])
@pytest.mark.parametrize("chunk", [1, 7, 512])
def test_five_turns_draw_the_tokens_of_a_cold_run(
    folder: Path, plain: Plain, thinking: str, chunk: int
) -> None:
    chat = open_chat(folder)
    for turn in range(5):
        asked = chat.say(f"turn {turn}: the bug?", thinking=thinking, prefill_chunk=chunk)
        assert asked.drawn == plain.greedy(asked.prompt, TOKENS)


@pytest.mark.parametrize("thinking", ["off", "on"])
def test_after_the_first_turn_only_the_new_message_is_read(folder: Path, thinking: str) -> None:
    chat = open_chat(folder)
    asked = chat.say("the first", thinking=thinking)
    for turn in range(4):
        held, said = asked.prompt + asked.drawn, chat.messages[-1]
        asked = chat.say(f"and number {turn}", thinking=thinking)
        assert asked.prompt[: len(held)] == held
        assert asked.stats.prefilled_tokens == len(asked.prompt) - len(held)
        added = chat.turns.loaded.template.tokenizer.decode(asked.prompt[len(held) :])
        opening = "<think>\n" if thinking == "on" else "<think>\n\n</think>\n\n"
        wrapping = f"\n<|im_start|>user\nand number {turn}<|im_end|>\n<|im_start|>assistant\n"
        # What the model left open is closed: its think block, its message. Once it answers, a
        # think tag is a word, and random weights do say it.
        template = chat.turns.loaded.template
        is_open = not said.content and is_thinking(template, held)
        closing = "\n</think>\n\n" if is_open else ""
        closing += "" if held[-1] in template.eos_ids else "<|im_end|>"
        assert added == closing + wrapping + opening


def test_switching_thinking_between_turns_keeps_the_tokens_and_the_prefix(
    folder: Path, plain: Plain
) -> None:
    chat = open_chat(folder)
    held = 0
    for turn, thinking in enumerate(["on", "off", "off", "on", "on"]):
        asked = chat.say(f"turn {turn}", thinking=thinking)
        assert asked.drawn == plain.greedy(asked.prompt, TOKENS)
        assert asked.stats.cached_tokens >= held
        held = len(asked.prompt) + len(asked.drawn)


@pytest.mark.parametrize("preserve", [True, False])
def test_regenerating_reads_nothing_but_the_think_opening(
    folder: Path, plain: Plain, *, preserve: bool
) -> None:
    chat = open_chat(folder)
    chat.say("the first", preserve_thinking=preserve)
    first = chat.say("the second", preserve_thinking=preserve)
    chat.messages.pop()
    again = chat.answer(preserve_thinking=preserve)
    assert again.drawn == first.drawn == plain.greedy(again.prompt, TOKENS)
    opening = chat.turns.loaded.template.encode("<think>\n\n</think>\n\n")
    assert again.stats.prefilled_tokens <= len(opening)


def test_regenerating_with_the_other_thinking_mode_keeps_the_question(
    folder: Path, plain: Plain
) -> None:
    chat = open_chat(folder)
    chat.say("a question that is long enough to be worth keeping in the cache")
    chat.messages.pop()
    again = chat.answer(thinking="on")
    assert again.drawn == plain.greedy(again.prompt, TOKENS)
    assert again.stats.prefilled_tokens <= 4


def test_editing_an_earlier_message_draws_the_tokens_of_a_cold_run(
    folder: Path, plain: Plain
) -> None:
    chat = open_chat(folder)
    for text in ("one", "two", "three"):
        chat.say(text, thinking="on")
    chat.messages[3:] = []  # back to before "two"
    edited = chat.say("two, in other words", thinking="on")
    assert edited.drawn == plain.greedy(edited.prompt, TOKENS)
    assert edited.stats.cached_tokens > 0
    following = chat.say("three again", thinking="on")
    assert following.drawn == plain.greedy(following.prompt, TOKENS)


@pytest.mark.parametrize("thinking", ["off", "on"])
def test_after_an_interrupt_the_partial_answer_stays_and_the_next_turn_is_exact(
    folder: Path, plain: Plain, thinking: str
) -> None:
    chat = open_chat(folder)
    asked_for = iter(range(100))
    cut = chat.say("go on", Control(cancelled=lambda: next(asked_for) > 9), thinking=thinking)
    assert cut.reason == "cancelled"
    assert cut.drawn == plain.greedy(cut.prompt, TOKENS)[: len(cut.drawn)]
    assert 1 <= len(cut.drawn) < TOKENS
    following = chat.say("next", thinking=thinking)
    assert following.prompt[: len(cut.prompt) + len(cut.drawn)] == cut.prompt + cut.drawn
    assert following.drawn == plain.greedy(following.prompt, TOKENS)


def test_an_interrupt_while_the_prompt_is_read_keeps_what_was_read(
    folder: Path, plain: Plain
) -> None:
    chat = open_chat(folder)
    asked_for = iter(range(100))
    cut = chat.say("words " * 40, Control(cancelled=lambda: next(asked_for) > 3), prefill_chunk=8)
    assert cut.reason == "cancelled"
    assert cut.drawn == []
    chat.messages.pop()
    again = chat.answer()
    assert again.drawn == plain.greedy(again.prompt, TOKENS)


def test_a_cut_answer_is_continued_with_the_tokens_it_would_have_had(
    folder: Path, plain: Plain
) -> None:
    chat = open_chat(folder)
    cut = chat.say("go on", max_tokens=10)
    assert cut.reason == "length"
    more = chat.answer(resume=True, max_tokens=14)
    assert cut.drawn + more.drawn == plain.greedy(cut.prompt, 24)
    following = chat.say("next")
    assert following.stats.prefilled_tokens < len(following.prompt) - len(cut.prompt) - 20
    assert following.drawn == plain.greedy(following.prompt, TOKENS)


@pytest.mark.parametrize("told_again", [False, True])
def test_a_cut_thought_is_closed_and_answered_where_thinking_is_off(
    folder: Path, plain: Plain, *, told_again: bool
) -> None:
    chat = open_chat(folder)
    cut = chat.say("think", thinking="on", max_tokens=6)
    if told_again:  # by somebody who has the text alone
        chat.turns.history = TokenHistory(chat.turns.loaded.template)
    more = chat.answer(resume=True, thinking="off", max_tokens=6)
    closed = [*cut.prompt, *cut.drawn, *chat.turns.loaded.template.close_think_ids]
    if not told_again:
        assert more.prompt == closed
    decode = chat.turns.loaded.template.tokenizer.decode
    assert decode(more.prompt) == decode(closed)
    assert more.drawn == plain.greedy(more.prompt, 6)
    assert more.stats.reasoning_tokens == 0


def test_without_preserved_thinking_the_prompt_is_the_templates_own(
    folder: Path, plain: Plain
) -> None:
    chat = open_chat(folder)
    for turn in range(3):
        asked = chat.say(f"turn {turn}", thinking="on", preserve_thinking=False, thinking_budget=6)
        rendered = plain.prompt(
            [
                {"role": m.role, "content": m.content, "reasoning_content": m.reasoning}
                for m in chat.messages[:-1]
            ],
            enable_thinking=True,
        )
        assert asked.prompt == rendered
        assert asked.drawn[:6] == plain.greedy(asked.prompt, TOKENS)[:6]


def test_warming_while_idle_leaves_only_the_new_words_to_read(folder: Path, plain: Plain) -> None:
    chat = open_chat(folder)
    chat.say("the first", thinking="on", preserve_thinking=False, thinking_budget=6)
    request = TurnRequest(tuple(chat.messages), preserve_thinking=False, thinking="on")
    list(chat.turns.warm(request, lambda: False))
    asked = chat.say("and", thinking="on", preserve_thinking=False)
    words = chat.turns.loaded.template.encode("and<|im_end|>\n<|im_start|>assistant\n<think>\n")
    assert asked.stats.prefilled_tokens <= len(words) + 2
    assert asked.drawn == plain.greedy(asked.prompt, TOKENS)


def test_the_thinking_budget_closes_the_block_on_the_same_cache(folder: Path, plain: Plain) -> None:
    chat = open_chat(folder)
    asked = chat.say("think", thinking="low", thinking_budget=7)
    closing = chat.turns.loaded.template.close_think_ids
    cold = plain.greedy(asked.prompt, 7)
    assert asked.drawn[:7] == cold
    assert asked.drawn[7 : 7 + len(closing)] == closing
    rest = asked.drawn[7 + len(closing) :]
    assert rest == plain.greedy(asked.prompt + cold + closing, TOKENS - 7)
    assert asked.stats.reasoning_tokens == 7


def test_answer_now_closes_the_block_where_it_stands(folder: Path) -> None:
    chat = open_chat(folder)
    asked_for = iter(range(100))
    asked = chat.say("think", Control(answer_now=lambda: next(asked_for) >= 4), thinking="on")
    closing = chat.turns.loaded.template.close_think_ids
    assert asked.drawn[5 : 5 + len(closing)] == closing
    assert asked.stats.reasoning_tokens == 5
    assert asked.stats.answer_tokens == TOKENS - 5


def test_a_template_that_makes_nothing_of_the_conversation_is_told(dense: Path, tmp_path: Path):
    folder = shutil.copytree(dense, tmp_path / "model")
    (folder / "chat_template.jinja").write_text("")
    asked = open_chat(folder).say("the bug")
    assert asked.reason == "failed"
    assert "makes nothing of the conversation" in asked.events[0].text


def test_a_prompt_longer_than_the_window_is_refused_with_the_numbers(folder: Path) -> None:
    chat = open_chat(folder, window=64)
    asked = chat.say("word " * 100)
    assert asked.reason == "context-full"
    assert f"{len(asked.prompt):,} tokens" in asked.events[0].text
    assert "64" in asked.events[0].text
    assert not any("answer" in type(event).__name__.lower() for event in asked.events)


def test_an_answer_that_reaches_the_window_ends_as_context_full(folder: Path) -> None:
    chat = open_chat(folder, window=48)
    asked = chat.say("the bug", max_tokens=0)
    assert asked.reason == "context-full"
    assert len(asked.prompt) + len(asked.drawn) == 48
