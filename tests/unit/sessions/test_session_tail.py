from pathlib import Path

from samples import conversation, turn

from carnice_tui.core.events import Record, ToolResult
from carnice_tui.core.tree import MessageTree
from carnice_tui.sessions.format import encode_line, new_header
from carnice_tui.sessions.merge import merged
from carnice_tui.sessions.read import read_messages, read_session
from carnice_tui.sessions.tail import read_tail


def saved(folder: Path, records: list[Record]) -> Path:
    path = folder / "abc.jsonl"
    path.write_bytes(b"".join(map(encode_line, [new_header("abc", 0), *records])))
    return path


def test_joining_tokens_keeps_every_message_word_for_word() -> None:
    records = conversation(4)
    joined = list(merged(records))
    assert MessageTree(joined).messages() == MessageTree(records).messages()
    assert len(joined) == 1 + 1 + 4 * 5


def test_joining_is_the_same_when_done_twice() -> None:
    joined = list(merged(conversation(3)))
    assert list(merged(joined)) == joined


def test_a_session_is_read_by_its_messages(tmp_path: Path) -> None:
    path = saved(tmp_path, conversation(3))
    assert read_messages(path).tree().messages() == read_session(path).tree().messages()


def test_a_short_session_is_its_own_tail(tmp_path: Path) -> None:
    tail = read_tail(saved(tmp_path, conversation(2)))
    assert tail.whole
    assert tail.header.id == "abc"
    assert tail.records == list(merged(conversation(2)))


def test_the_tail_of_a_long_session_is_its_last_messages(tmp_path: Path) -> None:
    path = saved(tmp_path, conversation(500))
    tail = read_tail(path, 4000)
    assert not tail.whole
    shown = MessageTree(tail.records).messages()
    assert 0 < len(shown) < 20
    assert shown == read_session(path).tree().messages()[-len(shown) :]


def test_a_last_message_longer_than_the_first_look_is_still_found(tmp_path: Path) -> None:
    long = [*turn(1), Record(20, ToolResult("1", "x" * 100_000), "m3", "m2")]
    tail = read_tail(saved(tmp_path, long), 1000)
    assert MessageTree(tail.records).messages()[-1].content == "x" * 100_000


def test_an_empty_file_has_an_empty_tail(tmp_path: Path) -> None:
    path = tmp_path / "abc.jsonl"
    path.touch()
    tail = read_tail(path)
    assert (tail.records, tail.whole, tail.header.id) == ([], True, "abc")
