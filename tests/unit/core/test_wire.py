"""Frames on the worker's pipe: any chunking gives the same, and nonsense is noticed."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.events import AnswerDelta, TurnFinished
from carnice_tui.core.messages import Message
from carnice_tui.core.requests import Guide, JsonGuide, TurnRequest
from carnice_tui.core.wire import (
    MAX_FRAME,
    AnswerNow,
    Cancel,
    Done,
    Hello,
    Load,
    MalformedFrame,
    Reply,
    Shutdown,
    Turn,
    Unload,
    Warm,
    frame_reader,
    pack,
    request_reader,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
ids = st.integers(0, 2**31)
turn_requests = st.builds(
    TurnRequest,
    st.lists(st.builds(Message, st.sampled_from(("user", "assistant")), text), max_size=3).map(
        tuple
    ),
    guide=st.none()
    | st.builds(Guide, options=st.lists(text, max_size=2).map(tuple))
    | st.builds(JsonGuide, st.dictionaries(text, text, max_size=2)),
    text=st.none() | text,
    logprobs=st.none() | st.integers(0, 20),
)
requests = st.one_of(
    st.builds(Load, ids, text, text),
    st.builds(Turn, ids, turn_requests),
    st.builds(Warm, ids, turn_requests),
    st.builds(Cancel, ids, ids),
    st.builds(AnswerNow, ids, ids),
    st.builds(Unload, ids),
    st.builds(Shutdown, ids),
)
frames = st.one_of(
    st.builds(Hello, ids, text, text, text, text, text, text),
    st.builds(Reply, ids, st.builds(AnswerDelta, text) | st.just(TurnFinished("stop"))),
    st.builds(Done, ids),
)


def fed(reader, data: bytes, places: list[int]) -> list[object]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    chunks = [data[a:b] for a, b in itertools.pairwise(edges)]
    return [frame for chunk in chunks for frame in reader.feed(chunk)]


@given(st.lists(requests, max_size=6), st.lists(st.integers(min_value=0), max_size=8))
def test_requests_arrive_whole_however_they_are_cut(sent: list, places: list[int]):
    assert fed(request_reader(), b"".join(map(pack, sent)), places) == sent


@given(st.lists(frames, max_size=6), st.lists(st.integers(min_value=0), max_size=8))
def test_events_arrive_whole_however_they_are_cut(sent: list, places: list[int]):
    assert fed(frame_reader(), b"".join(map(pack, sent)), places) == sent


def test_byte_by_byte_is_a_chunking_too():
    sent = [Done(1), Reply(2, AnswerDelta("hé"))]
    data = b"".join(map(pack, sent))
    assert fed(frame_reader(), data, list(range(len(data)))) == sent


def test_an_announced_length_beyond_all_measure_is_malformed():
    with pytest.raises(MalformedFrame, match="bytes is announced"):
        list(frame_reader().feed(struct.pack(">I", MAX_FRAME + 1)))


def test_text_on_the_pipe_is_malformed():
    with pytest.raises(MalformedFrame):
        list(frame_reader().feed(b"Traceback (most recent call last):\n" * 10))


@given(st.binary(max_size=40))
def test_a_payload_that_is_no_frame_is_malformed(payload: bytes):
    data = struct.pack(">I", len(payload)) + payload
    with pytest.raises(MalformedFrame):
        list(frame_reader().feed(data))


def test_a_request_is_no_frame():
    with pytest.raises(MalformedFrame):
        list(frame_reader().feed(pack(Unload(1))))


def test_what_came_before_the_nonsense_is_given_first():
    frames = frame_reader().feed(pack(Done(1)) + struct.pack(">I", 1) + b"\xc1")
    assert next(frames) == Done(1)
    with pytest.raises(MalformedFrame):
        next(frames)
