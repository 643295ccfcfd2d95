"""What a long conversation keeps in memory: its words, and not each token and painted line."""

from carnice_tui.core.events import AnswerDelta, Record, TurnFinished, TurnStarted, UserMessage
from carnice_tui.core.tree import MessageTree
from carnice_tui.ui.transcript.markdown_entry import MarkdownEntry
from carnice_tui.ui.transcript.thread import Thread
from carnice_tui.ui.transcript.window import KEPT_LINES, Window
from tests.ui.painting import LOOK


def conversation(turns: int, words: int) -> tuple[MessageTree, Thread]:
    """A conversation as it comes, token by token."""
    tree, thread = MessageTree(), Thread()
    thread.show(tree)
    for turn in range(turns):
        parent = f"a{turn - 1}" if turn else ""
        records = [
            Record(0, UserMessage("go"), f"u{turn}", parent),
            Record(0, TurnStarted("m"), f"a{turn}", f"u{turn}"),
            *(Record(0, AnswerDelta(f"w{word}\n\n"), f"a{turn}") for word in range(words)),
            Record(0, TurnFinished("stop"), f"a{turn}"),
        ]
        for record in records:
            tree.apply(record)
            thread.apply(record)
    return tree, thread


def test_the_tokens_of_a_finished_message_are_kept_as_one_text() -> None:
    tree, thread = conversation(1, 50)
    node = tree.nodes["a0"]
    assert len(node.answer) == 1
    assert len(node.records) == 3
    (entry,) = [e for e in thread.entries if isinstance(e, MarkdownEntry) and e.node == "a0"]
    assert entry.source == node.answer[0].strip("\n")
    assert entry._whole is node.answer[0]


def test_what_was_read_long_ago_is_let_go_and_comes_back_as_it_was() -> None:
    _, thread = conversation(300, 4)
    window = Window(thread.entries, LOOK)
    window.resize(60, 20)
    window.to_start()
    first = [row.text for row in window.rows()]
    whole = window.total()
    while window.top is not None:
        window.scroll(18)
        window.rows()
    cut = [e for e in thread.entries if isinstance(e, MarkdownEntry) and e._splitter is not None]
    assert len(cut) < 100
    assert window._lines <= KEPT_LINES + 60
    assert window.total() == whole
    window.to_start()
    assert [row.text for row in window.rows()] == first
