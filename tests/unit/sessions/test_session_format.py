import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import conversation

from carnice_tui.core.events import AnswerDelta, Event, Record, ToolCall
from carnice_tui.sessions import ids
from carnice_tui.sessions.format import (
    SCHEMA,
    decode_header,
    decode_record,
    encode_line,
    new_header,
)

text = st.text(st.characters(codec="utf-8"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


def events() -> st.SearchStrategy[Event]:
    kinds = [kind for kind in Event.__args__ if kind is not ToolCall]
    plain = st.one_of(*(st.from_type(kind) for kind in kinds))
    calls = st.builds(ToolCall, text, text, st.dictionaries(text, json_values, max_size=3))
    return plain | calls


# JSON has no infinity; no figure of an event is one.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))

records = st.builds(
    Record,
    t=st.floats(0, 1e9).map(lambda t: round(t, 4)),
    event=events(),
    node=st.sampled_from(["", "m1", "m2"]),
    parent=st.none() | st.sampled_from(["", "m1"]),
)


@given(records)
def test_a_record_written_and_read_is_the_same_record(record: Record) -> None:
    try:
        expected = msgspec.json.decode(msgspec.json.encode(record), type=Record)
    except UnicodeEncodeError:
        return
    assert decode_record(encode_line(record)) == expected


@given(records)
def test_a_record_takes_exactly_one_line(record: Record) -> None:
    line = encode_line(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


def test_unicode_line_separators_stay_inside_the_line() -> None:
    record = Record(0, AnswerDelta("a\u2028b\u2029c\x85d\re\nf"))
    line = encode_line(record)
    assert line.count(b"\n") == 1
    assert decode_record(line) == record


def test_text_that_utf8_cannot_carry_is_replaced_and_not_lost() -> None:
    record = Record(0, AnswerDelta("a\ud800b"), "m1")
    assert decode_record(encode_line(record)).event == AnswerDelta("a\ufffdb")


def test_the_header_tells_when_the_session_began() -> None:
    header = new_header("abc", 1_800_000_000.25)
    assert header.created == "2027-01-15T08:00:00.250Z"
    assert decode_header(encode_line(header)) == header
    assert header.schema == SCHEMA


def test_fields_of_a_newer_version_are_passed_over() -> None:
    line = b'{"t":1,"mood":"good","event":{"type":"answer_delta","text":"x","logits":[1]}}'
    assert decode_record(line) == Record(1, AnswerDelta("x"))


def test_no_event_has_lost_its_name() -> None:
    assert {type(record.event).__name__ for record in conversation()} >= {"UserMessage"}


def test_ids_sort_by_time() -> None:
    made = [ids.new_id(1_800_000_000 + tenth / 10) for tenth in range(0, 4000, 7)]
    assert made == sorted(made)
    assert all(ids.is_id(one) for one in made)


@pytest.mark.parametrize("now", [-1e9, 0.0, 1e12])
def test_a_clock_that_is_wrong_by_decades_still_gives_an_id(now: float) -> None:
    assert ids.is_id(ids.new_id(now))


def test_letters_that_look_like_digits_are_read_as_those() -> None:
    assert ids.matching("O1I", ["011abc", "022abc"]) == ["011abc"]


def test_a_whole_id_is_found_even_if_it_begins_another() -> None:
    assert ids.matching("ab", ["ab", "abc"]) == ["ab"]


def test_an_empty_id_means_nothing() -> None:
    assert ids.matching("", ["ab"]) == []
