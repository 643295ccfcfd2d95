import os
from pathlib import Path

import pytest
from samples import conversation

from carnice_tui.core.events import Record, TitleChanged, TurnFinished
from carnice_tui.review.prompt import SYSTEM
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import encode_line, new_header
from carnice_tui.sessions.listing import (
    find_session,
    last_session,
    list_sessions,
    shipped_sessions,
)
from carnice_tui.sessions.read import read_session


def save(folder: Path, name: str, *, age: float = 0.0, title: str = "") -> Path:
    path = folder / f"{name}.jsonl"
    records = conversation(1)
    if title:
        records.append(Record(99.0, TitleChanged(title)))
    header = new_header(name, 1_800_000_000)
    path.write_bytes(b"".join(map(encode_line, [header, *records])))
    os.utime(path, (2_000_000_000 - age, 2_000_000_000 - age))
    return path


def test_sessions_are_listed_newest_first(tmp_path: Path) -> None:
    for name, age in [("aa", 30), ("bb", 10), ("cc", 20)]:
        save(tmp_path, name, age=age)
    (tmp_path / "notes.txt").write_text("not a session")
    assert [info.id for info in list_sessions(tmp_path)] == ["bb", "cc", "aa"]
    assert last_session(tmp_path).id == "bb"


def test_a_renamed_session_shows_its_new_title(tmp_path: Path) -> None:
    save(tmp_path, "aa", title="a better name")
    (info,) = list_sessions(tmp_path)
    assert (info.title, info.model) == ("a better name", "demo")


def test_a_folder_that_is_not_there_has_no_sessions(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "none") == []
    with pytest.raises(SessionError, match="no session to continue"):
        last_session(tmp_path / "none")


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(tmp_path: Path) -> None:
    path = save(tmp_path, "0abcdefghj")
    save(tmp_path, "0abzzzzzzz")
    assert find_session("0abc", tmp_path) == path
    assert find_session("OABC", tmp_path) == path
    assert find_session(str(path), tmp_path) == path


def test_an_ambiguous_id_lists_the_candidates(tmp_path: Path) -> None:
    save(tmp_path, "0abcdefghj")
    save(tmp_path, "0abzzzzzzz", title="the other\x1b[2J one")
    with pytest.raises(SessionError) as error:
        find_session("0ab", tmp_path)
    said = str(error.value)
    assert "0abcdefghj (question 1)" in said
    assert "0abzzzzzzz (the other" in said
    assert "\x1b" not in said


def test_an_unknown_id_says_how_to_see_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="sessions list"):
        find_session("zzz", tmp_path)


def test_the_model_cards_example_ships_as_a_transcription(tmp_path: Path) -> None:
    path = find_session("processitems", tmp_path)
    session = read_session(path)
    card = "Tranquil-Flow/Carnice-V2-27b-MLX-4bit"
    assert session.header.note.startswith("Transcription")
    assert card in session.header.note
    system, _, answer = session.tree().messages()
    assert system.content == SYSTEM
    bug, fix = answer.content.split("\n")
    assert bug.startswith("BUG: `await` is applied to an array")
    assert fix == "FIX: Replace `await results` with `await Promise.all(results)`."
    finished = session.records[-1].event
    assert isinstance(finished, TurnFinished)
    assert (finished.stats.answer_tokens, finished.stats.total_time) == (45, 4.3)


def test_every_shipped_example_reads_without_a_problem() -> None:
    assert shipped_sessions()
    for info in shipped_sessions():
        session = read_session(info.path)
        assert session.problems == []
        assert session.header.id == info.id
