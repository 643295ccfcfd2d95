from pathlib import Path

import pytest
from samples import turn

from carnice_tui.core.events import Record, TurnStarted, UserMessage
from carnice_tui.core.messages import Attachment
from carnice_tui.sessions.attachments import digest_of, files_folder
from carnice_tui.sessions.format import encode_line, new_header
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import Session, read_session

BIG = "line\n" * 50_000


def saved(folder: Path, *attachments: Attachment) -> Session:
    log = SessionLog.new(folder)
    log(Record(0, UserMessage("look", attachments), "m1", ""))
    log(Record(0, TurnStarted("demo"), "m2", "m1"))
    log.close()
    return read_session(log.path)


def attached(session: Session) -> tuple[Attachment, ...]:
    asked = session.records[0].event
    assert isinstance(asked, UserMessage)
    return asked.attachments


def test_an_attachment_lies_beside_the_session_once_and_comes_back(tmp_path: Path) -> None:
    session = saved(tmp_path, Attachment("a.py", BIG, "python"), Attachment("b.py", BIG))
    first, second = attached(session)
    assert (first.name, first.text, first.language) == ("a.py", BIG, "python")
    assert second.text == BIG
    (stored,) = files_folder(session.path).iterdir()
    assert stored.name == digest_of(BIG)
    assert stored.stat().st_mode & 0o777 == 0o600
    assert session.path.stat().st_size < 2000


@pytest.mark.parametrize("text", ["", "tab\there", "\r\nWindows\r\n", "ünïcödé \u2028", "no end"])
def test_the_text_of_an_attachment_is_kept_exactly(tmp_path: Path, text: str) -> None:
    assert attached(saved(tmp_path, Attachment("x", text)))[0].text == text


def test_a_missing_attachment_is_told_and_the_rest_loads(tmp_path: Path) -> None:
    session = saved(tmp_path, Attachment("a.py", BIG))
    next(files_folder(session.path).iterdir()).unlink()
    again = read_session(session.path)
    assert again.problems[0].text == "attachment a.py is missing"
    assert len(again.records) == 2


def test_a_changed_attachment_is_not_taken_for_the_one_that_was_sent(tmp_path: Path) -> None:
    session = saved(tmp_path, Attachment("a.py", BIG))
    next(files_folder(session.path).iterdir()).write_text("something else")
    again = read_session(session.path)
    assert "was changed" in again.problems[0].text
    assert attached(again)[0].text == ""


def test_a_forged_digest_opens_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("private")
    forged = Attachment("x", digest="../secret")
    path = tmp_path / "s.jsonl"
    records = [Record(0, UserMessage("hi", (forged,)), "m1", ""), *turn(2)]
    path.write_bytes(b"".join(map(encode_line, [new_header("s", 0), *records])))
    session = read_session(path)
    assert attached(session)[0].text == ""
    assert "no proper digest" in session.problems[0].text


def test_where_no_file_can_be_put_beside_it_the_text_stays_in_the_log(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path)
    files_folder(log.path).write_text("in the way")
    log(Record(0, UserMessage("look", (Attachment("a", BIG),)), "m1", ""))
    log.close()
    assert attached(read_session(log.path))[0].text == BIG
