"""What may happen to the machine while a session is written, each with a count of events."""

import os
import random
import resource
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import NOBODY, Child, start
from samples import turn

from carnice_tui.core.events import AnswerDelta, Notice, Record, TurnStarted, UserMessage
from carnice_tui.sessions import log as log_module
from carnice_tui.sessions.append import AppendFile
from carnice_tui.sessions.errors import SessionError, SessionLocked
from carnice_tui.sessions.format import new_header
from carnice_tui.sessions.growing import GrowingFile
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session
from tests.conftest import SmallDisk

KILLS = 200


def stream(number: int = 10**9) -> Iterator[Record]:
    """A turn that does not end; each token says which it is."""
    yield Record(0, UserMessage("count"), "m1", "")
    yield Record(0, TurnStarted("demo"), "m2", "m1")
    for i in range(number):
        yield Record(i / 1000, AnswerDelta(f"{i} "), "m2")


def write_until_killed(folder: Path, pipe: int) -> None:
    """Stream into a session; says after each write how many bytes the system has taken."""
    append = AppendFile.append
    total = 0

    def told(self: AppendFile, data: bytearray) -> int:
        nonlocal total
        taken = append(self, data)
        total += taken
        os.write(pipe, total.to_bytes(8))
        return taken

    AppendFile.append = told
    file = GrowingFile(folder / "s.jsonl", new_header("s", 0.0))
    log = SessionLog(file, flush_every=0.001)
    for record in stream():
        log(record)
        if log.unsaved > 60:
            log.flush()


def test_killed_at_200_random_moments_nothing_that_was_flushed_is_lost(tmp_path: Path) -> None:
    drawn = random.Random(7)
    written = read = torn = 0
    for number in range(KILLS):
        folder = tmp_path / str(number)
        child = start(lambda pipe, folder=folder: write_until_killed(folder, pipe))
        for _ in range(drawn.randrange(1, 5)):
            assert os.read(child.pipe, 8)
        child.kill()
        child.read()
        path = folder / "s.jsonl"
        data = path.read_bytes()
        session = read_session(path)
        texts = [r.event.text for r in session.records if isinstance(r.event, AnswerDelta)]
        assert texts == [f"{i} " for i in range(len(texts))]
        whole = data.count(b"\n")
        assert len(session.records) in (whole - 1, whole)
        assert len(session.problems) <= 1
        written, read = written + whole - 1, read + len(session.records)
        torn += len(session.problems)
    print(f"{KILLS} kills: {written} whole events in the files, {read} read, {torn} torn tails")
    assert read >= written > 0


def last_flush(child: Child, at_least: int) -> int:
    """Kill `child` once that many writes were told; gives the bytes of the last one told."""
    told = b""
    while len(told) < at_least * 8:
        told += os.read(child.pipe, 8)
    child.kill()
    told += child.read()
    return int.from_bytes(told[len(told) // 8 * 8 - 8 : len(told) // 8 * 8])


def test_every_byte_that_the_system_took_is_in_the_file_after_a_kill(tmp_path: Path) -> None:
    for number in range(10):
        folder = tmp_path / str(number)
        child = start(lambda pipe, folder=folder: write_until_killed(folder, pipe))
        flushed = last_flush(child, 5)
        assert (folder / "s.jsonl").stat().st_size >= flushed


def test_a_full_disk_is_told_once_and_everything_is_there_when_it_has_room(
    tmp_path: Path,
) -> None:
    def write(pipe: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
        told = threading.Event()
        notices: list[str] = []

        def tell(notice: Notice) -> None:
            notices.append(notice.text)
            told.set()

        log = SessionLog.new(tmp_path, tell=tell)
        for record in stream(500):
            log(record)
        assert told.wait(20)
        for record in turn(2, parent="m2"):
            log(record)
        assert not log.flush(20)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        assert log.flush(20)
        log.close()
        os.write(pipe, f"{log.path}\n{len(notices)}\n{notices[0]}".encode())

    path, notices, first = start(write).result().split("\n")
    assert read_session(Path(path)).records == [*stream(500), *turn(2, parent="m2")]
    assert (int(notices), "file too large" in first) == (2, True)


def test_a_file_system_without_room_loses_no_event(small_disk: SmallDisk) -> None:
    disk = small_disk("size=64k")
    filler = disk / "filler"
    filler.write_bytes(b"x" * 60_000)
    told: list[str] = []
    log = SessionLog.new(disk / "sessions", tell=lambda notice: told.append(notice.text))
    for record in stream(300):
        log(record)
    assert not log.flush(20)
    assert log.unsaved
    filler.unlink()
    assert log.flush(20)
    log.close()
    assert read_session(log.path).records == list(stream(300))
    assert "no space left on device" in told[0]


def test_a_folder_that_may_not_be_written_is_told_and_the_session_saved_once_it_may() -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "sessions"
        folder.mkdir()
        Path(home).chmod(0o755)
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)

        def write(pipe: int) -> None:
            folder.chmod(0o500)
            told: list[str] = []
            log = SessionLog.new(folder, tell=lambda notice: told.append(notice.text))
            for record in turn(1):
                log(record)
            assert not log.flush(20)
            folder.chmod(0o700)
            assert log.flush(20)
            log.close()
            os.write(pipe, f"{log.path}\n{told[0]}".encode())

        path, told = start(write, as_nobody=True).result().split("\n")
        assert read_session(Path(path)).records == turn(1)
        assert "permission denied" in told
        assert "make that folder writable" in told


def test_a_session_that_may_not_be_written_says_so_before_anything_is_said() -> None:
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        path = Path(home) / "s.jsonl"
        path.write_bytes(b"")
        path.chmod(0o444)

        def write(pipe: int) -> None:
            with pytest.raises(SessionError, match="can't be opened for writing") as error:
                SessionLog.reopen(path)
            os.write(pipe, str(error.value).encode())

        assert "permission denied" in start(write, as_nobody=True).result()


def test_permission_lost_while_it_is_written_loses_nothing() -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "sessions"
        folder.mkdir()
        Path(home).chmod(0o755)
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)

        def write(pipe: int) -> None:
            log = SessionLog.new(folder)
            for record in turn(1):
                log(record)
            assert log.flush(20)
            log.path.chmod(0)
            folder.chmod(0)
            for record in turn(2, parent="m2"):
                log(record)
            assert log.flush(20)
            log.close()
            folder.chmod(0o700)
            log.path.chmod(0o600)
            os.write(pipe, str(log.path).encode())

        path = start(write, as_nobody=True).result()
        assert read_session(Path(path)).records == [*turn(1), *turn(2, parent="m2")]


def test_of_two_processes_one_writes_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    def write(pipe: int) -> None:
        log = SessionLog.new(tmp_path)
        for record in turn(1):
            log(record)
        log.flush(20)
        os.write(pipe, str(log.path).encode() + b"\n")
        threading.Event().wait()

    child = start(write)
    path = Path(os.read(child.pipe, 4096).decode().strip())
    with pytest.raises(SessionLocked):
        SessionLog.reopen(path)
    assert read_session(path).records == turn(1)
    child.kill()
    child.read()
    again = SessionLog.reopen(path)
    for record in turn(2, parent="m2"):
        again(record)
    again.close()
    assert read_session(path).records == [*turn(1), *turn(2, parent="m2")]


def test_a_clock_that_goes_back_makes_no_session_take_anothers_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = []
    for now in (1_800_000_000.0, 1_700_000_000.0, 1_700_000_000.0, 0.0):
        monkeypatch.setattr(log_module.time, "time", lambda now=now: now)
        log = SessionLog.new(tmp_path)
        for record in turn(1):
            log(record)
        log.close()
        paths.append(log.path)
    assert len(set(paths)) == 4
    assert all(read_session(path).records == turn(1) for path in paths)
