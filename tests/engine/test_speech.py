"""Generated tokens become reasoning, answer and calls by their ids, never by their text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.events import AnswerDelta, Event, ReasoningDelta, ToolCall, ToolCallBroken
from carnice_tui.engine.worker import mlxlm
from carnice_tui.engine.worker.speech import Speech
from carnice_tui.engine.worker.stops import StopStrings
from carnice_tui.engine.worker.template import ChatTemplate


@pytest.fixture(scope="module")
def template(dense: Path) -> ChatTemplate:
    return ChatTemplate(mlxlm.load_tokenizer(dense, None))


def speak(template: ChatTemplate, text: str, **options) -> tuple[Speech, list[Event]]:
    speech = Speech(template, **{"thinking": False, **options})
    events = [event for token in template.encode(text) for event in speech.add(token)]
    return speech, [*events, *speech.finish()]


def answer(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, AnswerDelta))


def reasoning(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def test_the_block_is_left_once(template: ChatTemplate) -> None:
    speech, events = speak(template, "why\n</think>\n\nbecause</think> it", thinking=True)
    assert reasoning(events) == "why\n"
    assert answer(events) == "because</think> it"
    assert speech.message().reasoning == "why\n"
    assert speech.message().content == answer(events)


def test_a_quoted_closing_tag_does_not_end_the_block(template: ChatTemplate) -> None:
    speech = Speech(template, thinking=True)
    spelled = [t for part in ("the tag </thi", "nk> is", " text") for t in template.encode(part)]
    events = [event for token in spelled for event in speech.add(token)]
    assert answer([*events, *speech.finish()]) == ""


def test_thinking_that_was_not_asked_for_is_still_thinking(template: ChatTemplate) -> None:
    _, events = speak(template, "<think>hm</think>\n\nyes")
    assert reasoning(events) == "hm"
    assert answer(events) == "yes"


def test_a_call_is_an_event_and_no_text(template: ChatTemplate) -> None:
    body = "\n<function=f>\n<parameter=a>\n1\n</parameter>\n</function>\n"
    speech, events = speak(template, f"Let me look.\n\n<tool_call>{body}</tool_call>")
    assert answer(events) == "Let me look.\n\n"
    (call,) = [event for event in events if isinstance(event, ToolCall)]
    assert (call.name, call.arguments) == ("f", {"a": "1"})
    assert speech.called


def test_two_calls_have_different_ids(template: ChatTemplate) -> None:
    one = "<tool_call>\n<function=f>\n</function>\n</tool_call>"
    _, events = speak(template, f"{one}\n{one}")
    ids = {event.id for event in events if isinstance(event, ToolCall)}
    assert len(ids) == 2


def test_a_call_that_is_cut_off_is_said_to_be(template: ChatTemplate) -> None:
    _, events = speak(template, "<tool_call>\n<function=f>")
    assert isinstance(events[-1], ToolCallBroken)
    assert "cut off" in events[-1].problem


def test_the_tokens_of_the_deltas_add_up(template: ChatTemplate) -> None:
    text = "naïve 🙂 text — with many bytes"
    _, events = speak(template, text)
    assert answer(events) == text
    assert sum(e.tokens for e in events if isinstance(e, AnswerDelta)) <= len(template.encode(text))


def test_an_unfinished_character_is_shown_as_broken(template: ChatTemplate) -> None:
    speech = Speech(template, thinking=False)
    events = [event for token in template.encode("a🙂")[:-1] for event in speech.add(token)]
    assert answer([*events, *speech.finish()]) == "a\ufffd"


def test_the_first_space_of_an_answer_stays(template: ChatTemplate) -> None:
    _, events = speak(template, " await", continued=True)
    assert answer(events) == " await"


def test_a_stop_string_ends_the_answer_before_itself(template: ChatTemplate) -> None:
    speech = Speech(template, thinking=False, stop=["FIX"])
    events: list[Event] = []
    for token in template.encode("BUG: x\nFIX: y"):
        events += speech.add(token)
        if speech.stopped_by_string:
            break
    assert speech.stopped_by_string
    assert answer([*events, *speech.finish()]) == "BUG: x\n"


@given(st.data())
def test_any_text_in_any_pieces_gives_the_same_answer(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="abST\n", max_size=40))
    stops = data.draw(st.lists(st.text(alphabet="abST", min_size=1, max_size=4), max_size=3))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    cleaner, said, stopped = StopStrings(stops), "", False
    for piece in pieces:
        passed, stopped = cleaner.feed(piece)
        said += passed
        if stopped:
            break
    if not stopped:
        said += cleaner.finish()
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    whole = text[: min(found)] if found else text
    # A later stop string may be complete before an earlier, longer one is seen whole.
    assert text.startswith(said)
    assert said == whole or (stopped and any(text[len(said) :].startswith(s) for s in stops))


@given(st.text(max_size=80))
def test_every_text_comes_back_from_its_tokens(template: ChatTemplate, text: str) -> None:
    maker = template.detokenizers.make()
    ids = template.encode(text)
    back = "".join(maker.add(token) for token in ids) + maker.finish()
    assert back == template.tokenizer.decode(ids)


def test_what_is_not_sorted_out_is_all_answer(template: ChatTemplate) -> None:
    text = "\n<think>hm</think>\n<tool_call>{}</tool_call>"
    _, events = speak(template, text, sorted_out=False, continued=True)
    assert answer(events) == text
    assert all(isinstance(event, AnswerDelta) for event in events)
