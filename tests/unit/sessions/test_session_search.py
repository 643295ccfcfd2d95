import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import turn

from carnice_tui.cli.session_text import table, when
from carnice_tui.core.events import (
    AnswerDelta,
    Record,
    SystemMessage,
    TitleChanged,
    TurnFinished,
    TurnStarted,
    TurnStats,
    UserMessage,
)
from carnice_tui.sessions import extract, index
from carnice_tui.sessions.edit import pin, rename, unpin
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.format import encode_line, new_header
from carnice_tui.sessions.listing import SessionInfo, list_sessions
from carnice_tui.sessions.query import moment, parse_query
from carnice_tui.sessions.search import Hit, all_sessions, search

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def save(
    folder: Path,
    name: str,
    question: str,
    answer: str = "fine",
    *,
    model: str = "demo",
    mode: str = "chat",
    when: datetime = NOW,
) -> Path:
    path = folder / f"{name}.jsonl"
    records = [
        Record(0, UserMessage(question, (), mode), "m1", ""),
        Record(0, TitleChanged(question[:40])),
        Record(0, TurnStarted(model, mode=mode), "m2", "m1"),
        *(Record(1, AnswerDelta(f"{word} "), "m2") for word in answer.split()),
        Record(2, TurnFinished("stop", TurnStats(answer_tokens=7, total_time=1.5)), "m2"),
    ]
    path.write_bytes(b"".join(map(encode_line, [new_header(name, 0), *records])))
    os.utime(path, (when.timestamp(),) * 2)
    return path


def found(folder: Path, text: str, *, partial: bool = False) -> list[str]:
    return [hit.info.id for hit in search(folder, text, now=NOW, partial=partial)]


def by_id(folder: Path) -> dict[str, SessionInfo]:
    return {info.id: info for info in all_sessions(folder)}


def test_words_phrases_and_exclusions_find_what_people_expect(tmp_path: Path) -> None:
    save(tmp_path, "a", "how do I sort a list", "use sorted with a key function")
    save(tmp_path, "b", "a list of birds", "sparrow and key lime")
    save(tmp_path, "c", "nothing of the kind")
    assert found(tmp_path, "list") == found(tmp_path, "LIST") != []
    assert set(found(tmp_path, "list key")) == {"a", "b"}
    assert found(tmp_path, '"key function"') == ["a"]
    assert found(tmp_path, "list -sparrow") == ["a"]
    assert found(tmp_path, "sparr*") == ["b"]
    assert found(tmp_path, "sparr") == []
    assert found(tmp_path, "sparr", partial=True) == ["b"]
    assert found(tmp_path, "processItems()") == []


def test_a_word_cut_into_tokens_is_still_one_word(tmp_path: Path) -> None:
    path = save(tmp_path, "a", "?")
    with path.open("ab") as file:
        for piece in ["Prom", "ise", ".all"]:
            file.write(encode_line(Record(3, AnswerDelta(piece), "m2")))
    assert found(tmp_path, "promise") == ["a"]
    assert found(tmp_path, "Promise.all") == ["a"]


def test_filters_narrow_the_choice(tmp_path: Path) -> None:
    save(tmp_path, "a", "x", model="Carnice-V2-27b", when=datetime(2026, 11, 1, tzinfo=UTC))
    save(tmp_path, "b", "x", mode="bugs", when=datetime(2026, 11, 20, tzinfo=UTC))
    assert found(tmp_path, "x model:carnice") == ["a"]
    assert found(tmp_path, "mode:bugs") == ["b"]
    assert found(tmp_path, "after:2026-11-10") == ["b"]
    assert found(tmp_path, "before:2026-11-10") == ["a"]
    assert found(tmp_path, "after:3d") == ["b"]
    assert found(tmp_path, "title:x") == found(tmp_path, "x")
    assert found(tmp_path, "title:fine") == []
    assert found(tmp_path, "model:100%") == []


def test_a_title_counts_more_than_the_text(tmp_path: Path) -> None:
    save(tmp_path, "a", "something else", "parser " + "word " * 50)
    save(tmp_path, "b", "parser", "word " * 50)
    assert found(tmp_path, "parser") == ["b", "a"]


def test_the_snippet_marks_what_was_found(tmp_path: Path) -> None:
    save(tmp_path, "a", "q", "one two\x02 three\nneedle four five")
    (hit,) = search(tmp_path, "needle", now=NOW)
    assert isinstance(hit, Hit)
    assert [part.text.strip() for part in hit.snippet if part.found] == ["needle"]
    assert "three needle four" in "".join(part.text for part in hit.snippet)


def test_the_index_follows_a_session_that_grows(tmp_path: Path) -> None:
    path = save(tmp_path, "a", "first")
    assert by_id(tmp_path)["a"].turns == 1
    with path.open("ab") as file:
        file.write(b"".join(map(encode_line, turn(2, parent="m2"))))
    assert found(tmp_path, "question") == ["a"]
    assert found(tmp_path, "first") == ["a"]
    info = by_id(tmp_path)["a"]
    assert (info.turns, info.answer_tokens, info.seconds) == (2, 12, 1.5)


def test_a_long_session_is_indexed_in_pieces_and_only_its_end_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "PIECE", 50)
    path = save(tmp_path, "a", "beginning", "word " * 40)
    for number in range(2, 30):
        with path.open("ab") as file:
            file.write(b"".join(map(encode_line, turn(number, parent=f"m{2 * number - 2}"))))
    info = by_id(tmp_path)["a"]
    assert info.turns == 29
    read: list[int] = []
    pieces = index.pieces
    monkeypatch.setattr(index, "pieces", lambda p, start=0: read.append(start) or pieces(p, start))
    with path.open("ab") as file:
        file.write(encode_line(Record(999, AnswerDelta(" zebra"), "m58")))
    assert found(tmp_path, "zebra") == ["a"]
    assert found(tmp_path, "beginning") == ["a"]
    assert by_id(tmp_path)["a"].turns == 29
    assert len(read) == 1
    assert read[0] > path.stat().st_size // 2


def test_the_index_forgets_what_is_gone_and_reads_anew_what_shrank(tmp_path: Path) -> None:
    save(tmp_path, "a", "alpha", "word " * 50)
    save(tmp_path, "b", "beta")
    assert set(by_id(tmp_path)) == {"a", "b"}
    (tmp_path / "b.jsonl").unlink()
    save(tmp_path, "a", "gamma")
    assert set(by_id(tmp_path)) == {"a"}
    assert found(tmp_path, "alpha") == []
    assert found(tmp_path, "gamma") == ["a"]


def test_renamed_and_pinned_sessions_are_found_and_listed_as_such(tmp_path: Path) -> None:
    old = save(tmp_path, "old", "one", when=datetime(2026, 1, 1, tzinfo=UTC))
    save(tmp_path, "new", "two")
    assert [info.id for info in all_sessions(tmp_path)] == ["new", "old"]
    rename(old, "birthday")
    pin(old)
    os.utime(old, (0, 0))
    assert [info.id for info in all_sessions(tmp_path)] == ["old", "new"]
    assert found(tmp_path, "title:birthday") == ["old"]
    assert found(tmp_path, "title:one") == []
    unpin(old)
    os.utime(old, (0, 0))
    assert [info.id for info in all_sessions(tmp_path)] == ["new", "old"]


@pytest.mark.parametrize("damage", ["garbage", "truncated", "version", "deleted"])
def test_a_damaged_index_is_built_anew(tmp_path: Path, damage: str) -> None:
    for i in range(20):
        save(tmp_path, f"s{i:02}", f"question {i}", "word " * 300)
    assert len(all_sessions(tmp_path)) == 20
    path = tmp_path / index.NAME
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    match damage:
        case "garbage":
            path.write_bytes(b"not a database at all" * 500)
        case "truncated":
            path.write_bytes(whole[: len(whole) // 2])
        case "version":
            connection = sqlite3.connect(path)
            connection.execute("PRAGMA user_version = 99")
            connection.close()
        case _:
            index.delete_index(tmp_path)
    assert len(found(tmp_path, "question")) == 20
    assert len(all_sessions(tmp_path)) == 20


def test_building_the_index_tells_how_far_it_is(tmp_path: Path) -> None:
    sizes = [save(tmp_path, f"s{i}", "x").stat().st_size for i in range(3)]
    told: list[tuple[int, int]] = []
    all_sessions(tmp_path, lambda done, total: told.append((done, total)))
    assert told[-1] == (sum(sizes), sum(sizes))
    assert len(told) == 3


def test_a_folder_that_cannot_hold_an_index_is_searched_all_the_same(tmp_path: Path) -> None:
    save(tmp_path, "a", "needle")
    (tmp_path / index.NAME).mkdir()
    assert found(tmp_path, "needle") == ["a"]


def test_damaged_lines_do_not_keep_a_session_from_being_found(tmp_path: Path) -> None:
    path = save(tmp_path, "a", "needle")
    whole = path.read_bytes()
    path.write_bytes(b"\0" * 50 + b"\n" + whole + b'{"t":1,"event":{"type":7}}\n' + whole[:30])
    assert found(tmp_path, "needle") == ["a"]


@pytest.mark.parametrize("tokens", [-1, 2**62, 2**63 - 1, 2**64 - 1])
def test_figures_that_no_turn_has_keep_no_session_out_of_the_list(
    tmp_path: Path, tokens: int
) -> None:
    save(tmp_path, "0aaa", "plain")
    path = save(tmp_path, "0bbb", "odd")
    stats = TurnStats(answer_tokens=tokens, reasoning_tokens=tokens, total_time=1e308)
    with path.open("ab") as file:
        for _ in range(2):
            file.write(encode_line(Record(3, TurnFinished("stop", stats), "m2")))
    figures = by_id(tmp_path)
    assert {info.answer_tokens for info in figures.values()} == {7}
    assert figures["0bbb"].seconds == 1.5


@pytest.mark.parametrize("year", [1900, 2400, 9998])
def test_a_file_of_any_year_is_found_and_has_a_line_of_its_own(tmp_path: Path, year: int) -> None:
    save(tmp_path, "0aaa", "sorting", when=NOW.replace(year=year))
    (hit,) = search(tmp_path, "sorting", now=NOW)
    assert len(list(table([hit.info], NOW))) == 1


def test_a_year_that_no_calendar_has_is_told_as_none() -> None:
    assert when(1e18, NOW) == "(no date)"


def test_what_is_no_file_is_no_session(tmp_path: Path) -> None:
    save(tmp_path, "0aaa", "sorting")
    (tmp_path / "loop.jsonl").symlink_to("loop.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert list(by_id(tmp_path)) == ["0aaa"]
    assert [info.id for info in list_sessions(tmp_path)] == ["0aaa"]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match="can't be listed"):
        all_sessions(tmp_path / "file")


def test_the_system_prompt_is_searched_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode_line(Record(0, SystemMessage("pirate"), "m0", "")))
    assert found(tmp_path, "pirate") == ["a"]


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_search_or_a_plain_error(typed: str) -> None:
    try:
        query = parse_query(typed, NOW, partial=True)
    except SessionError:
        return
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, body)")
    if query.match:
        connection.execute("SELECT 1 FROM texts WHERE texts MATCH ?", (query.match,)).fetchall()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-11", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-03", datetime(2026, 11, 3, tzinfo=UTC)),
        ("today", datetime(2026, 11, 21, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2w", datetime(2026, 11, 7, 12, tzinfo=UTC)),
    ],
)
def test_dates_are_understood_as_people_type_them(typed: str, meant: datetime) -> None:
    assert moment(typed, NOW) == meant


def test_a_date_that_is_none_is_told_with_examples() -> None:
    with pytest.raises(SessionError, match="2026-11-21, 2026-11, today"):
        parse_query("after:soon", NOW)
