"""The conversation tree: whatever happens, nothing that was said is lost."""

from hypothesis import given
from hypothesis import strategies as st

from carnice_tui.core.events import (
    AnswerDelta,
    EngineFailed,
    Notice,
    ReasoningDelta,
    Record,
    SystemMessage,
    TipMoved,
    TitleChanged,
    ToolCall,
    ToolResult,
    TurnFinished,
    TurnStarted,
    UserMessage,
)
from carnice_tui.core.messages import Attachment, Call, Message
from carnice_tui.core.tree import ROOT, MessageTree

names = st.sampled_from(["", "m1", "m2", "m3", "m4", "m5"])
happenings = st.one_of(
    st.sampled_from(
        [
            SystemMessage("s"),
            UserMessage("u"),
            TurnStarted("model"),
            ToolResult("c1", "r"),
            AnswerDelta("a"),
            ReasoningDelta("r"),
            TurnFinished("stop"),
            TitleChanged("t"),
            Notice("info", "n"),
        ]
    ),
    st.builds(TipMoved, names),
)
records = st.lists(
    st.builds(Record, st.just(0.0), happenings, names, st.none() | names), max_size=30
)


def opened(node: str, parent: str, event: UserMessage | TurnStarted | SystemMessage) -> Record:
    return Record(0.0, event, node, parent)


def two_turns() -> list[Record]:
    return [
        opened("s", ROOT, SystemMessage("be brief")),
        opened("u1", "s", UserMessage("one")),
        opened("a1", "u1", TurnStarted("m")),
        Record(0.0, ReasoningDelta("hm"), "a1"),
        Record(0.0, AnswerDelta("fi"), "a1"),
        Record(0.0, AnswerDelta("rst"), "a1"),
        Record(0.0, TurnFinished("stop"), "a1"),
        opened("u2", "a1", UserMessage("two")),
        opened("a2", "u2", TurnStarted("m")),
        Record(0.0, AnswerDelta("second"), "a2"),
    ]


@given(records)
def test_any_records_make_a_tree(records: list[Record]):
    tree = MessageTree(records)
    assert tree.tip in {ROOT, *tree.nodes}
    for node in tree.nodes.values():
        path = tree.path(node.id)
        assert path[-1] is node
        assert len({step.id for step in path}) == len(path)
        assert node.id in tree.children[node.parent]
        assert tree.path(tree.leaf(node.id))[: len(path)] == path
        assert node.id in tree.siblings(node.id)
    assert sorted(child for kids in tree.children.values() for child in kids) == sorted(tree.nodes)


@given(records)
def test_the_first_message_of_a_name_keeps_it(records: list[Record]):
    tree = MessageTree(records)
    before = dict(tree.nodes)
    for record in records:
        tree.apply(record)
    assert {name: node.opening for name, node in tree.nodes.items()} | {
        name: node.opening for name, node in before.items()
    } == {name: node.opening for name, node in tree.nodes.items()}


def test_messages_are_those_of_the_branch_that_is_shown():
    assert MessageTree(two_turns()).messages() == [
        Message("system", "be brief"),
        Message("user", "one"),
        Message("assistant", "first", reasoning="hm"),
        Message("user", "two"),
        Message("assistant", "second"),
    ]


def test_an_edit_is_a_second_child_and_the_first_stays():
    tree = MessageTree([*two_turns(), opened("u3", "a1", UserMessage("other"))])
    assert tree.siblings("u3") == ["u2", "u3"]
    assert tree.messages()[-1] == Message("user", "other")
    tree.apply(Record(0.0, TipMoved("a2")))
    assert tree.messages()[-1] == Message("assistant", "second")


def test_an_answer_in_which_nothing_was_said_is_not_read_by_the_model():
    tree = MessageTree(two_turns()[:2])
    tree.apply(opened("a1", "u1", TurnStarted("m")))
    tree.apply(Record(0.0, EngineFailed("gone"), "a1"))
    tree.apply(Record(0.0, TurnFinished("failed"), "a1"))
    assert [message.role for message in tree.messages()] == ["system", "user"]
    assert tree.nodes["a1"].failed == EngineFailed("gone")


def test_tool_calls_and_their_results_are_messages():
    call = ToolCall("c1", "read_file", {"path": "a.py"})
    tree = MessageTree(
        [
            opened("u", ROOT, UserMessage("look")),
            opened("a", "u", TurnStarted("m")),
            Record(0.0, call, "a"),
            Record(0.0, ToolResult("c1", "text"), "t", "a"),
        ]
    )
    assert tree.messages()[1:] == [
        Message("assistant", "", calls=(Call("c1", "read_file", {"path": "a.py"}),)),
        Message("tool", "text", call_id="c1"),
    ]


def test_attachments_come_before_the_words_in_a_fence_that_they_cannot_close():
    code = "```\nnot the end\n```"
    tree = MessageTree(
        [opened("u", ROOT, UserMessage("what is it?", (Attachment("a.md", code, "markdown"),)))]
    )
    assert tree.messages()[0].content == (f"a.md:\n````markdown\n{code}\n````\n\nwhat is it?")


def test_records_of_unknown_messages_are_passed_over():
    tree = MessageTree(
        [
            Record(0.0, AnswerDelta("lost"), "nobody"),
            opened("x", "nobody", UserMessage("orphan")),
            Record(0.0, TipMoved("nobody")),
        ]
    )
    assert not tree.nodes
    assert tree.tip == ROOT


def test_a_long_conversation_is_no_recursion():
    long = [opened(f"m{i}", f"m{i - 1}" if i else ROOT, UserMessage("x")) for i in range(5000)]
    tree = MessageTree(long)
    assert len(tree.path()) == 5000
    assert tree.leaf("m0") == "m4999"
