from pathlib import Path
from typing import Any

import pytest

from carnice_tui.core.events import AnswerDelta, Record, UserMessage
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.export.formats import FORMATS
from carnice_tui.sessions.format import SCHEMA, decode_record, encode_line
from carnice_tui.sessions.imports.native import import_session
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.migrate import STEPS, record_decoder
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.tail import read_tail

FIXTURES = Path(__file__).parent / "fixtures"
COUNTS = {1: 22}
"""Records in the fixture of each schema."""


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_a_file_of_every_schema_reads_whole(schema: int) -> None:
    session = read_session(FIXTURES / f"schema-{schema}.jsonl")
    assert session.header.schema == schema
    assert session.problems == []
    assert len(session.records) == COUNTS[schema]
    assert session.tree().path()[-1].id == "m3"
    assert session.header.note == "a note"


def test_writing_what_was_read_gives_the_same_file_again() -> None:
    path = FIXTURES / f"schema-{SCHEMA}.jsonl"
    session = read_session(path)
    assert b"".join(map(encode_line, [session.header, *session.records])) == path.read_bytes()


def test_there_is_a_step_from_every_older_schema() -> None:
    assert set(STEPS) == set(range(1, SCHEMA))


def test_an_older_line_is_lifted_step_by_step() -> None:
    def first(line: dict[str, Any]) -> dict[str, Any]:
        return {"t": line["at"] / 1000, "event": line["event"], "node": line["id"]}

    def second(line: dict[str, Any]) -> dict[str, Any]:
        return line | {"event": {"type": "answer_delta", "text": line["event"]["word"]}}

    decode = record_decoder(1, {1: first, 2: second}, present=3)
    line = b'{"at": 1500, "id": "m2", "event": {"type": "word", "word": "hi"}}'
    assert decode(line) == Record(1.5, AnswerDelta("hi"), "m2")
    assert record_decoder(3, {1: first, 2: second}, present=3) is decode_record


def newer(tmp_path: Path) -> Path:
    path = tmp_path / "0abc.jsonl"
    path.write_bytes(
        b'{"type":"session","schema":99,"id":"0abc","created":"","colour":"red"}\n'
        + encode_line(Record(0, UserMessage("hi"), "m1", ""))
        + b'{"t":1,"event":{"type":"hologram"},"node":"m1"}\n'
    )
    return path


def test_a_file_of_a_newer_version_is_read_as_far_as_it_is_understood(tmp_path: Path) -> None:
    session = read_session(newer(tmp_path))
    assert len(session.records) == 1
    assert "newer version (schema 99)" in session.problems[0].text
    assert "hologram" in session.problems[1].text
    assert read_tail(newer(tmp_path)).records == session.records


def test_a_file_of_a_newer_version_is_not_written_to(tmp_path: Path) -> None:
    path = newer(tmp_path)
    with pytest.raises(SessionError, match=r"newer version.*--fork 0abc"):
        SessionLog.reopen(path)


def test_a_copy_of_a_newer_file_is_of_this_version_and_can_be_written_to(tmp_path: Path) -> None:
    session = read_session(newer(tmp_path))
    copied = import_session(session, tmp_path / "mine")
    SessionLog.reopen(copied).close()
    exported = tmp_path / "exported.jsonl"
    exported.write_text("".join(FORMATS["jsonl"][0](session)))
    for path in (copied, exported):
        again = read_session(path)
        assert (again.header.schema, again.problems) == (SCHEMA, [])
        assert again.records == session.records
