from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import conversation, turn

from carnice_tui.core.events import AnswerDelta, Record
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import encode_line, new_header
from carnice_tui.sessions.lines import read_lines
from carnice_tui.sessions.read import MAX_PROBLEMS, read_session

HEADER = encode_line(new_header("abc", 1_800_000_000))


def written(tmp_path: Path, *lines: bytes, header: bytes = HEADER) -> Path:
    path = tmp_path / "abc.jsonl"
    path.write_bytes(header + b"".join(lines))
    return path


def lines_of(records: list[Record]) -> list[bytes]:
    return [encode_line(record) for record in records]


def test_cut_at_any_byte_every_whole_event_before_the_cut_loads(tmp_path: Path) -> None:
    records = conversation(1)
    lines = [HEADER, *lines_of(records)]
    whole = b"".join(lines)
    ends = [sum(map(len, lines[: i + 1])) for i in range(len(lines))]
    for cut in range(len(HEADER), len(whole)):
        path = written(tmp_path, header=whole[:cut])
        session = read_session(path)
        # A line whose newline alone is missing is whole.
        complete = sum(end - 1 <= cut for end in ends[1:])
        assert session.records == records[:complete], cut
        torn = cut not in ends and cut + 1 not in ends
        assert len(session.problems) == torn, (cut, session.problems)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"\0" * 100 + b"\n", "NUL bytes"),
        (b'{"t":1,"event":{"type":"mood_changed"},"node":"m1"}\n', "does not know"),
        (b'{"t":1,"event":{"type":"answer_delta","text":"caf\xc3"}}\n', "not UTF-8"),
        (b"not json\n", "not an event"),
        (b'{"t":1,"event":{"type":"tool_call","id":"","name":"","arguments":{"a":'
         + b"[" * 100_000 + b"]" * 100_000 + b"}}}\n", "nested deeper"),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_once_and_the_rest_loads(tmp_path: Path, bad: bytes, why: str) -> None:
    first, second = lines_of(turn(1)), lines_of(turn(2, parent="m2"))
    path = written(tmp_path, *first, bad, bad, *second)
    before = path.read_bytes()
    session = read_session(path)
    assert session.records == [*turn(1), *turn(2, parent="m2")]
    assert [problem.line for problem in session.problems] == [len(first) + 2]
    assert why in session.problems[0].text
    assert session.problems.total == 2
    assert path.read_bytes() == before


def test_a_forged_file_of_a_million_bad_lines_keeps_a_short_list(tmp_path: Path) -> None:
    bad = [b"%d\n" % i if i % 2 else b"x\n" for i in range(1000)]
    session = read_session(written(tmp_path, *bad))
    assert len(session.problems) == MAX_PROBLEMS
    assert session.problems.total == 1000
    assert "999 more" in session.problems.summary()


def test_messages_after_a_lost_one_stay_in_the_conversation(tmp_path: Path) -> None:
    records = conversation(3)
    lines = lines_of(records)
    lost = next(i for i, record in enumerate(records) if record.node == "m3")
    lines[lost] = b"\0\0\0\n"
    tree = read_session(written(tmp_path, *lines)).tree()
    assert [node.id for node in tree.path()] == ["m0", "m1", "m2", "m4", "m5", "m6"]


def test_an_answer_whose_first_line_is_lost_keeps_its_words(tmp_path: Path) -> None:
    records = conversation(2)
    lines = lines_of(records)
    lost = next(i for i, record in enumerate(records) if record.node == "m4")
    del lines[lost]
    tree = read_session(written(tmp_path, *lines)).tree()
    assert tree.path()[-1].message().content == " word0 word1 word2 word3 word4"


def test_a_file_without_a_header_still_opens(tmp_path: Path) -> None:
    session = read_session(written(tmp_path, *lines_of(turn(1)), header=b""))
    assert session.records == turn(1)
    assert session.id == "abc"
    assert "header" in session.problems[0].text


def test_an_empty_file_opens_as_an_empty_session(tmp_path: Path) -> None:
    session = read_session(written(tmp_path, header=b""))
    assert session.records == []
    assert session.problems.summary()


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=r"none\.jsonl"):
        read_session(tmp_path / "none.jsonl")


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=8))
def test_lines_have_the_places_they_have_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "lines"
    whole = b"\n".join(parts)
    path.write_bytes(whole)
    with path.open("rb") as file:
        lines = list(read_lines(file, limit=6))
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for line, part in zip(lines, parts, strict=False):
        assert whole[line.offset : line.offset + len(part)] == part
        assert line.text == (part if len(part) <= 6 else None)


def test_a_line_longer_than_any_event_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = encode_line(Record(1, AnswerDelta("x" * 500)))
    path = written(tmp_path, *lines_of(turn(1)), long, *lines_of(turn(2, parent="m2")))
    with path.open("rb") as file:
        texts = [line.text for line in read_lines(file, limit=450)]
    assert texts.count(None) == 1
    assert len(texts) == 2 + len(turn(1)) + len(turn(2))
