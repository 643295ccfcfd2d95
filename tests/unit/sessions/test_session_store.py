import shutil
from datetime import date
from pathlib import Path

import pytest
from samples import conversation, turn

from carnice_tui.core.events import Record, TipMoved, TurnStarted, UserMessage
from carnice_tui.core.messages import Attachment, Sampling
from carnice_tui.sessions.append import AppendFile
from carnice_tui.sessions.attachments import files_folder
from carnice_tui.sessions.edit import rename
from carnice_tui.sessions.errors import SessionError, SessionLocked
from carnice_tui.sessions.fork import fork
from carnice_tui.sessions.listing import list_sessions, session_info
from carnice_tui.sessions.log import SessionLog
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.resume import resume
from carnice_tui.sessions.trash import empty_trash, list_trash, restore, throw_away
from carnice_tui.sessions.view import View, load_view, save_view

TODAY = date(2026, 11, 21)


def saved(folder: Path, records: list[Record]) -> Path:
    log = SessionLog.new(folder)
    for record in records:
        log(record)
    log.close()
    return log.path


def with_attachment(folder: Path) -> Path:
    asked = UserMessage("look", (Attachment("a.py", "print(1)"),))
    return saved(folder, [Record(0, asked, "m1", ""), Record(1, TurnStarted("demo"), "m2", "m1")])


def test_a_deleted_session_lies_under_the_days_date_and_comes_back_whole(tmp_path: Path) -> None:
    path = with_attachment(tmp_path)
    before = read_session(path)
    thrown = throw_away(path, TODAY)
    assert thrown == tmp_path / "trash" / "2026-11-21" / path.name
    assert list_sessions(tmp_path) == []
    assert [info.id for info in list_trash(tmp_path)] == [path.stem]
    assert restore(path.stem[:8], tmp_path) == path
    assert read_session(path).records == before.records
    assert list_trash(tmp_path) == []


def test_what_lies_in_the_trash_is_never_written_over(tmp_path: Path) -> None:
    path = with_attachment(tmp_path)
    whole = read_session(path)
    copy = tmp_path / "copy"
    for number in range(3):
        shutil.copytree(tmp_path, copy, ignore=shutil.ignore_patterns("copy", "trash"))
        rename(path, f"number {number}")
        throw_away(path, TODAY)
        shutil.copytree(copy, tmp_path, dirs_exist_ok=True)
        shutil.rmtree(copy)
    path.unlink()
    shutil.rmtree(files_folder(path))
    assert {info.title for info in list_trash(tmp_path)} == {f"number {n}" for n in range(3)}
    restored = read_session(restore(path.stem, tmp_path))
    assert restored.tree().title == "number 2"
    assert restored.records[: len(whole.records)] == whole.records
    assert empty_trash(tmp_path) == 2


def test_an_emptied_trash_leaves_nothing_behind(tmp_path: Path) -> None:
    throw_away(with_attachment(tmp_path), TODAY)
    throw_away(with_attachment(tmp_path), TODAY)
    assert empty_trash(tmp_path) == 2
    assert list((tmp_path / "trash").iterdir()) == []


def test_what_is_not_in_the_trash_cannot_be_restored(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="trash has no session"):
        restore("abc", tmp_path)


def test_an_open_session_is_neither_deleted_nor_renamed_from_outside(tmp_path: Path) -> None:
    path = saved(tmp_path, turn(1))
    with AppendFile.open(path):
        with pytest.raises(SessionLocked):
            throw_away(path, TODAY)
        with pytest.raises(SessionLocked):
            rename(path, "other")
    assert read_session(path).records == turn(1)


def test_a_new_title_comes_after_a_torn_tail(tmp_path: Path) -> None:
    path = saved(tmp_path, turn(1))
    path.write_bytes(path.read_bytes()[:-9])
    rename(path, "another")
    info = session_info(path)
    assert info
    assert info.title == "another"
    assert len(read_session(path).problems) == 1


def test_a_fork_has_the_shown_branch_and_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    records = [*conversation(3), Record(99, TipMoved("m4")), *turn(9, parent="m4")]
    path = saved(tmp_path, records)
    before = path.read_bytes()
    made = read_session(fork(path, tmp_path))
    assert [node.id for node in made.tree().path()] == ["m0", "m1", "m2", "m3", "m4", "m17", "m18"]
    assert made.header.forked_from == f"{path.stem}@m18"
    assert made.header.title == "question 1"
    assert made.id != path.stem
    assert path.read_bytes() == before


def test_a_fork_may_end_with_an_earlier_turn(tmp_path: Path) -> None:
    path = saved(tmp_path, conversation(3))
    made = read_session(fork(path, tmp_path, turn=2))
    assert [node.id for node in made.tree().path()] == ["m0", "m1", "m2", "m3", "m4"]
    with pytest.raises(SessionError, match="no turn 4: it has 3"):
        fork(path, tmp_path, turn=4)


def test_a_fork_has_its_attachments_even_when_the_first_is_gone(tmp_path: Path) -> None:
    path = with_attachment(tmp_path)
    made = fork(path, tmp_path)
    throw_away(path, TODAY)
    empty_trash(tmp_path)
    session = read_session(made)
    asked = session.records[0].event
    assert isinstance(asked, UserMessage)
    assert asked.attachments[0].text == "print(1)"
    assert session.problems == []
    assert files_folder(made).stat().st_mode & 0o777 == 0o700


def test_a_session_open_elsewhere_can_be_forked(tmp_path: Path) -> None:
    path = saved(tmp_path, turn(1))
    with AppendFile.open(path):
        assert read_session(fork(path, tmp_path)).tree().messages()


def test_a_view_is_kept_and_an_empty_one_leaves_no_file(tmp_path: Path) -> None:
    view = View(draft="half a thought\x1b", node="m4", line=7, unfolded=("m2",))
    save_view(tmp_path, "abc", view)
    assert load_view(tmp_path, "abc") == view
    (kept,) = (tmp_path / "views").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    save_view(tmp_path, "abc", View())
    assert list((tmp_path / "views").iterdir()) == []


def test_a_damaged_view_is_an_empty_one(tmp_path: Path) -> None:
    save_view(tmp_path, "abc", View(draft="x"))
    (tmp_path / "views" / "abc.json").write_bytes(b"\xff{")
    assert load_view(tmp_path, "abc") == View()


def test_resuming_restores_branch_settings_draft_and_clock(tmp_path: Path) -> None:
    sampling = Sampling(temperature=0.0, seed=7)
    asked = Record(90, TurnStarted("carnice", "low", sampling, "bugs"), "m9", "m3")
    path = saved(tmp_path, [*conversation(2), Record(80, TipMoved("m3")), asked])
    save_view(tmp_path / "state", path.stem, View(draft="and"))
    resumed = resume(path, tmp_path / "state")
    assert [node.id for node in resumed.tree.path()] == ["m0", "m1", "m2", "m3", "m9"]
    settings = resumed.settings
    assert (settings.model, settings.thinking, settings.mode) == ("carnice", "low", "bugs")
    assert settings.sampling == sampling
    assert resumed.view.draft == "and"
    assert resumed.began == 90
    assert resumed.may_be_written
