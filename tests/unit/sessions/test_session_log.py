import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from samples import conversation, turn

from carnice_tui.core.events import AnswerDelta, LoadProgress, Notice, Record
from carnice_tui.sessions.append import AppendFile
from carnice_tui.sessions.errors import SessionError, SessionLocked
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session


class Told:
    """Collects notices, and lets a test wait for one."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self._more = threading.Condition()

    def __call__(self, notice: Notice) -> None:
        with self._more:
            self.notices.append(notice)
            self._more.notify_all()

    def wait_for(self, words: str) -> Notice:
        def find() -> Notice | None:
            return next((one for one in self.notices if words in one.text), None)

        with self._more:
            found = self._more.wait_for(find, 10)
        assert found, self.notices
        return found


def save(log: SessionLog, records: list[Record]) -> None:
    for record in records:
        log(record)


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path, cwd="/somewhere")
    save(log, conversation(3))
    assert log.close() is None
    session = read_session(log.path)
    assert session.records == conversation(3)
    assert session.problems == []
    assert (session.header.title, session.header.model) == ("question 1", "demo")
    assert session.header.cwd == "/somewhere"


def test_an_app_that_is_opened_and_closed_leaves_no_file(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path / "sessions")
    log(Record(0.0, LoadProgress("loading")))
    log.close()
    assert not (tmp_path / "sessions").exists()


def test_file_and_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path / "sessions")
    save(log, turn(1))
    log.close()
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_a_turn_that_is_over_is_on_the_disk_without_being_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    monkeypatch.setattr(AppendFile, "sync", lambda _: synced.set())
    log = SessionLog.new(tmp_path)
    save(log, turn(1))
    assert synced.wait(10)
    assert read_session(log.path).records == turn(1)
    log.close()


def test_tokens_are_written_while_the_turn_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote = threading.Semaphore(0)
    append = AppendFile.append

    def told(self: AppendFile, data: bytearray) -> int:
        taken = append(self, data)
        wrote.release()
        return taken

    monkeypatch.setattr(AppendFile, "append", told)
    log = SessionLog.new(tmp_path)
    save(log, turn(1)[:-1])
    assert wrote.acquire(timeout=10)
    assert read_session(log.path).records == turn(1)[:-1]
    log.close()


def test_a_session_is_taken_up_again_where_it_ended(tmp_path: Path) -> None:
    first = SessionLog.new(tmp_path)
    save(first, turn(1))
    first.close()
    again = SessionLog.reopen(first.path)
    save(again, turn(2, parent="m2"))
    again.close()
    assert read_session(first.path).records == [*turn(1), *turn(2, parent="m2")]


def test_a_second_writer_is_told_that_the_session_is_open(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path)
    save(log, turn(1))
    assert log.flush(10)
    with pytest.raises(SessionLocked, match=r"open in another carnice-chat.*--fork"):
        SessionLog.reopen(log.path)
    log.close()
    SessionLog.reopen(log.path).close()


def test_a_torn_tail_is_not_merged_with_what_follows(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path)
    save(log, turn(1))
    log.close()
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-20])
    again = SessionLog.reopen(log.path)
    save(again, turn(2, parent="m2"))
    again.close()
    session = read_session(log.path)
    assert session.records == [*turn(1)[:-1], *turn(2, parent="m2")]
    assert len(session.problems) == 1


def test_while_the_disk_refuses_nothing_is_lost_and_the_user_knows(tmp_path: Path) -> None:
    blocked = tmp_path / "sessions"
    blocked.write_text("in the way of the folder")
    told = Told()
    log = SessionLog.new(blocked, tell=told)
    save(log, turn(1))
    assert "not being saved" in told.wait_for("not being saved").text
    assert log.unsaved == len(turn(1))
    blocked.unlink()
    save(log, turn(2, parent="m2"))
    told.wait_for("saved again")
    log.close()
    assert read_session(log.path).records == [*turn(1), *turn(2, parent="m2")]
    assert len(told.notices) == 2


def filled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A disk with room for 300 bytes; more can be made in the list."""
    write, room = os.write, [300]

    def full(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        taken = write(descriptor, data[: room[0]])
        room[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", full)
    return room


def test_a_disk_that_fills_in_the_middle_of_a_line_doubles_and_tears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SessionLog.new(tmp_path, tell=(told := Told()))
    room = filled(monkeypatch)
    save(log, turn(1))
    assert "free some space" in told.wait_for("no space left").text
    room[0] = 1 << 30
    assert log.flush(10)
    log.close()
    assert read_session(log.path).records == turn(1)


def test_what_the_disk_refused_to_the_end_is_rescued(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    blocked = tmp_path / "sessions"
    blocked.write_text("in the way of the folder")
    log = SessionLog.new(blocked, tell=(told := Told()))
    save(log, turn(1))
    rescued = log.close()
    assert rescued is not None
    assert read_session(rescued).records == turn(1)
    assert f"carnice-chat sessions import {rescued}" in told.notices[-1].text


def test_the_rest_comes_back_by_the_command_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / "my sessions"
    log = SessionLog.new(folder, tell=(told := Told()))
    with monkeypatch.context() as patched:
        filled(patched)
        save(log, turn(1))
        told.wait_for("no space left")
        log.close()
    command = told.notices[-1].text.partition("Later: ")[2]
    subprocess.run(["sh", "-c", command], check=True)
    session = read_session(log.path)
    assert (session.records, session.problems) == (turn(1), [])


def test_a_file_deleted_while_the_session_is_open_is_written_again(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path)
    save(log, turn(1))
    assert log.flush(10)
    log.path.unlink()
    save(log, turn(2, parent="m2"))
    log.close()
    assert read_session(log.path).records == [*turn(1), *turn(2, parent="m2")]


def test_a_closed_log_takes_nothing_more(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path)
    log.close()
    with pytest.raises(SessionError, match="closed"):
        log(Record(0, AnswerDelta("x")))


def test_a_missing_file_cannot_be_taken_up(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no such file"):
        SessionLog.reopen(tmp_path / "none.jsonl")


def test_an_id_that_is_taken_already_is_drawn_again(tmp_path: Path) -> None:
    log = SessionLog.new(tmp_path)
    taken = log.path
    taken.write_text("another session")
    save(log, turn(1))
    log.close()
    assert taken.read_text() == "another session"
    assert read_session(log.path).records == turn(1)
    assert read_session(log.path).id == log.id != taken.stem


def test_a_listener_that_fails_does_not_stop_the_log(tmp_path: Path) -> None:
    def gone(_: Notice) -> None:
        raise RuntimeError("Event loop is closed")

    blocked = tmp_path / "sessions"
    blocked.write_text("in the way of the folder")
    log = SessionLog.new(blocked, tell=gone)
    save(log, turn(1))
    assert not log.flush(10)
    blocked.unlink()
    assert log.flush(10)
    log.close()
    assert read_session(log.path).records == turn(1)
