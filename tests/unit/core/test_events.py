"""Events are the same after the pipe, the session file and the JSON lines."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carnice_tui.core import events
from carnice_tui.core.events import (
    OPENING,
    AnswerDelta,
    Event,
    PrefillProgress,
    Record,
    ToolCall,
    UserMessage,
)
from carnice_tui.core.messages import Attachment, Sampling

# Lone surrogates are no text: nothing that decodes UTF-8 can produce them.
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
KINDS = msgspec.inspect.type_info(Event).types
st.register_type_strategy(Attachment, st.builds(Attachment, text, text, text, text))
st.register_type_strategy(
    Sampling,
    st.builds(
        Sampling,
        st.floats(0, 2),
        st.floats(0, 1),
        st.integers(0, 100),
        st.none() | st.integers(0, 2**32 - 1),
    ),
)


def value_of(kind: msgspec.inspect.Type) -> st.SearchStrategy[object]:
    match kind:
        case msgspec.inspect.StrType():
            return text
        case msgspec.inspect.BytesType():
            return st.binary(max_size=6)
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.IntType():
            return st.integers(0, 2**60)
        case msgspec.inspect.FloatType():
            return st.floats(0, 1e9)
        case msgspec.inspect.NoneType():
            return st.none()
        case msgspec.inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case msgspec.inspect.UnionType(types=types):
            return st.one_of([value_of(one) for one in types])
        case msgspec.inspect.VarTupleType(item_type=item):
            return st.lists(value_of(item), max_size=2).map(tuple)
        case msgspec.inspect.DictType():
            return st.dictionaries(text, json_values, max_size=3)
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{field.name: value_of(field.type) for field in fields})
    raise TypeError(kind)


any_event = st.one_of([value_of(kind) for kind in KINDS])
any_record = st.builds(
    Record, t=st.floats(0, 1e6), event=any_event, node=text, parent=st.none() | text
)


@settings(max_examples=200)
@given(any_record)
def test_a_record_is_the_same_after_json(record: Record):
    line = msgspec.json.encode(record)
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=Record) == record


@given(any_event)
def test_an_event_is_the_same_after_the_pipe(event: Event):
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event


def test_every_event_has_a_tag_of_its_own_in_snake_case():
    tags = [kind.tag for kind in KINDS]
    assert len(set(tags)) == len(tags)
    assert "tool_call_delta" in tags


def test_every_event_of_the_module_can_be_recorded():
    structs = {
        value
        for value in vars(events).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__struct_config__.tag is not None
        and not value.__name__.startswith("_")
    }
    assert structs == {kind.cls for kind in KINDS}


def test_what_an_event_does_not_say_takes_no_room():
    assert msgspec.json.encode(AnswerDelta("hi")) == b'{"type":"answer_delta","text":"hi"}'


def test_a_line_of_a_later_version_with_more_fields_still_loads():
    line = b'{"t":1,"event":{"type":"prefill_progress","done":1,"total":2,"new":3},"also":4}'
    assert msgspec.json.decode(line, type=Record).event == PrefillProgress(1, 2)


def test_the_root_is_told_apart_from_no_parent():
    opened = Record(0.0, UserMessage("hi"), "m1", "")
    assert msgspec.json.decode(msgspec.json.encode(opened), type=Record).parent == ""
    later = Record(0.0, AnswerDelta("hi"), "m1")
    assert msgspec.json.decode(msgspec.json.encode(later), type=Record).parent is None


def test_opening_events_are_those_that_make_a_message():
    assert {kind.__name__ for kind in OPENING} == {
        "SystemMessage",
        "UserMessage",
        "TurnStarted",
        "ToolResult",
    }


@pytest.mark.parametrize("arguments", [{"path": "a", "n": 1, "deep": {"x": [None, True]}}])
def test_arguments_of_a_call_keep_their_types(arguments: dict[str, object]):
    call = ToolCall("c1", "read_file", arguments)
    assert msgspec.json.decode(msgspec.json.encode(call), type=Event).arguments == arguments
