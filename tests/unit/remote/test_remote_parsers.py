"""What servers send, read the same however it was cut."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.events import ToolCall, ToolCallBroken
from carnice_tui.engine.base import EngineError
from carnice_tui.engine.remote.address import address_of
from carnice_tui.engine.remote.calls import CallPart, Calls, FunctionPart
from carnice_tui.engine.remote.chunks import ModelEntry, ModelList
from carnice_tui.engine.remote.models import choose
from carnice_tui.engine.remote.problems import Refusal, message_in, refused_field, retry_after
from carnice_tui.engine.remote.sse import Comment, EventReader, MalformedStream, Message
from carnice_tui.engine.remote.think import InlineThinking

places = st.lists(st.integers(0, 10_000), max_size=8)


def cut(whole, places: list[int]) -> list:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[a:b] for a, b in itertools.pairwise(edges)]


# Server-sent events

lines = st.binary(max_size=12).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b""))


@given(st.lists(st.lists(lines, min_size=1, max_size=3), max_size=4), st.data())
def test_events_are_the_same_however_they_were_cut(
    events: list[list[bytes]], data: st.DataObject
) -> None:
    ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
    stream = b""
    for event in events:
        end = data.draw(ends)
        stream += b"".join(b"data: " + line + end for line in event) + b": alive" + end + end
    reader = EventReader()
    found = [one for part in cut(stream, data.draw(places)) for one in reader.feed(part)]
    assert [one.data for one in found if isinstance(one, Message)] == [
        b"\n".join(event) for event in events
    ]
    assert [one.text for one in found if isinstance(one, Comment)] == [b"alive"] * len(events)


@given(st.binary(max_size=200), places)
def test_any_bytes_give_the_same_cut_or_whole(stream: bytes, places: list[int]) -> None:
    whole, parts = EventReader(), EventReader()
    assert [*whole.feed(stream)] == [
        one for part in cut(stream, places) for one in parts.feed(part)
    ]


def test_the_parts_of_the_standard_that_have_no_meaning_here_are_passed_over() -> None:
    reader = EventReader()
    stream = b"\xef\xbb\xbfevent: x\nid: 7\nretry: 5\nnonsense\ndata:no space\n\ndata\n\n"
    assert [*reader.feed(stream)] == [Message(b"no space"), Message(b"")]


def test_an_endless_message_is_refused() -> None:
    reader = EventReader()
    list(reader.feed(b"data: " + b"x" * 10_000_000))
    with pytest.raises(MalformedStream):
        list(reader.feed(b"x" * 10_000_000))


# Thinking in the text

words = st.text(st.sampled_from("ab<>/think\n "), max_size=20)


@given(words.filter(lambda t: "</think>" not in t), words, places)
def test_inline_thinking_is_told_apart_however_it_was_cut(
    thought: str, answer: str, places: list[int]
) -> None:
    parted = spoken(cut(f"<think>\n{thought}</think>\n\n{answer}", places))
    assert parted == (thought, answer.lstrip("\n"))


@given(words, places)
def test_any_text_gives_the_same_cut_or_whole(text: str, places: list[int]) -> None:
    assert spoken(cut(text, places)) == spoken([text])


@given(words.filter(lambda t: not t.lstrip().startswith("<think>")), places)
def test_text_without_the_tag_is_all_answer(text: str, places: list[int]) -> None:
    assert spoken(cut(text, places)) == ("", text)


def spoken(parts: list[str]) -> tuple[str, str]:
    inline = InlineThinking()
    told = [*map(inline.feed, parts), inline.finish()]
    return "".join(t for t, _ in told), "".join(a for _, a in told)


# Tool calls

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
arguments = st.dictionaries(st.text(max_size=4), json_values, max_size=3)


@given(st.lists(arguments, min_size=1, max_size=3), st.booleans(), st.booleans(), st.data())
def test_calls_are_whole_however_they_came(
    wanted: list[dict], with_index: bool, with_id: bool, data: st.DataObject
) -> None:
    calls = Calls()
    for number, one in enumerate(wanted):
        index = number if with_index else None
        head = CallPart(index, f"c{number}" if with_id else None, FunctionPart(f"f{number}"))
        parts = [
            CallPart(index, None, FunctionPart(None, piece))
            for piece in cut(json.dumps(one), data.draw(places))
        ]
        for part in (head, *parts):
            list(calls.add(part))
    found = [*calls.finish()]
    assert [(call.name, call.arguments) for call in found if isinstance(call, ToolCall)] == [
        (f"f{number}", one) for number, one in enumerate(wanted)
    ]
    assert len({call.id for call in found if isinstance(call, ToolCall)}) == len(wanted)


def test_arguments_that_are_no_object_are_a_broken_call() -> None:
    for text, says in (("{", "no valid JSON"), ("[1]", "must be a JSON object")):
        calls = Calls()
        list(calls.add(CallPart(0, "a", FunctionPart("f", text))))
        (broken,) = calls.finish()
        assert isinstance(broken, ToolCallBroken)
        assert says in broken.problem


# Addresses, models, refusals


@pytest.mark.parametrize(
    ("written", "base", "loopback"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", True),
        ("localhost:8080/v1/", "http://localhost:8080/v1", True),
        ("https://api.example.org/v1/chat/completions", "https://api.example.org/v1", False),
        ("https://example.org/openai", "https://example.org/openai", False),
        ("http://[::1]:9/v1?x=1#y", "http://[::1]:9/v1", True),
    ],
)
def test_an_address_is_read_as_people_write_it(written: str, base: str, loopback: bool) -> None:
    address = address_of(written)
    assert (address.base, address.loopback) == (base, loopback)


@pytest.mark.parametrize("written", ["", "ftp://x", "http://", "http://x:port", "http://u:p@x/v1"])
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(EngineError):
        address_of(written)


MODELS = ModelList([ModelEntry("you/one"), ModelEntry("you/two"), ModelEntry("me/two")])


@pytest.mark.parametrize(
    ("wanted", "server", "chosen"),
    [
        ("you/two", "", "you/two"),
        ("one", "", "you/one"),
        ("", "", "you/one"),
        ("demo", "BaseHTTP/0.6", "default_model"),
        ("other", "BaseHTTP/0.6", "other"),
    ],
)
def test_a_model_is_found_by_its_name(wanted: str, server: str, chosen: str) -> None:
    assert choose(wanted, MODELS, server, "http://x/v1").id == chosen


@pytest.mark.parametrize("wanted", ["three", "two"])
def test_a_model_that_is_not_there_or_is_two_is_refused_with_the_list(wanted: str) -> None:
    with pytest.raises(EngineError, match="you/two"):
        choose(wanted, MODELS, "", "http://x/v1")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"error": {"message": "too long", "code": 1}}', "too long"),
        (b'{"error": "plain"}', "plain"),
        (b'{"detail": "other"}', "other"),
        (b"<html>\n  gateway </html>", "<html> gateway </html>"),
    ],
)
def test_an_error_is_read_in_every_shape(body: bytes, says: str) -> None:
    assert message_in(body) == says


@given(st.binary(max_size=60))
def test_no_error_body_is_an_error_of_ours(body: bytes) -> None:
    assert isinstance(message_in(body), str)


def test_a_refused_field_is_found_by_its_name() -> None:
    body = {"top_k": 20, "seed": 1}
    assert refused_field(Refusal(400, "Unrecognized: top_k"), ("seed", "top_k"), body) == "top_k"
    assert refused_field(Refusal(500, "top_k"), ("top_k",), body) == ""
    assert refused_field(Refusal(400, "max_tokens"), ("max_tokens",), body) == ""


def test_only_short_patience_is_waited_for() -> None:
    assert Refusal(429, "", retry_after("2")).waits == 2
    assert Refusal(503, "", retry_after("nonsense")).waits == 1
    assert Refusal(429, "", retry_after("3600")).waits is None
    assert Refusal(500, "").waits is None
