import json
from pathlib import Path

import pytest

from carnice_tui.cli.boundary import guarded
from carnice_tui.cli.main import carnice_chat
from carnice_tui.cli.pick import pick_session
from carnice_tui.cli.start import Start, find_start, open_log
from carnice_tui.core.events import Notice, Record, TurnStarted, UserMessage
from carnice_tui.core.sanitize import is_safe
from carnice_tui.core.settings import Sessions, Settings
from carnice_tui.sessions.append import AppendFile
from carnice_tui.sessions.errors import SessionError
from carnice_tui.sessions.fork import write_session
from carnice_tui.sessions.format import Header
from carnice_tui.sessions.read import read_session
from carnice_tui.sessions.search import all_sessions


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"CARNICE_{name}_DIR", str(tmp_path / name.lower()))
    return tmp_path / "data" / "sessions"


@pytest.fixture
def two(folder: Path) -> Path:
    for name, title in [("0aaaaaaaa1", "Sorting lists"), ("0aaaaaaab2", "Evil \x1b[2J title")]:
        header = Header(1, name, "2026-01-02T03:04:05.000Z", title, "org/demo")
        records = [
            Record(0, UserMessage(f"about {title}"), "m1", ""),
            Record(1, TurnStarted("org/demo", "low", mode="bugs"), "m2", "m1"),
        ]
        write_session(folder, header, records)
    return folder


class Ran:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(*args: str) -> Ran:
        status = guarded(
            lambda: carnice_chat.main(list(args), "carnice-chat", standalone_mode=False),
            debug=False,
        )
        captured = capsys.readouterr()
        assert is_safe(captured.out)
        assert is_safe(captured.err)
        return Ran(status, captured.out, captured.err)

    return run


def test_sessions_are_listed_searched_and_shown(two: Path, run) -> None:
    listed = run("sessions", "list").out
    assert "0aaaaaaaa1" in listed
    assert "Sorting lists" in listed
    assert "demo" in listed
    assert "about Sorting lists" in run("sessions", "search", "sorting").out
    assert run("sessions", "search", "nowhere").status == 1
    assert "── You\nabout Sorting lists" in run("sessions", "show", "0aaaaaaaa").out


@pytest.mark.parametrize(
    "args",
    [
        ("list",),
        ("list", "--trash"),
        ("search", "sorting"),
        ("show", "0aaaaaaaa"),
        ("rename", "0aaaaaaaa", "new", "title"),
        ("pin", "0aaaaaaaa"),
        ("rm", "0aaaaaaaa"),
        ("export", "0aaaaaaaa"),
        ("path", "0aaaaaaaa"),
        ("stats",),
    ],
)
def test_every_command_speaks_json(two: Path, run, args: tuple[str, ...]) -> None:
    done = run("sessions", *args, "--json")
    assert done.status == 0
    json.loads(done.out)


def test_renamed_pinned_deleted_and_restored(two: Path, run) -> None:
    run("sessions", "rename", "0aaaaaaaa", "A", "better", "name")
    run("sessions", "pin", "0aaaaaaaa")
    first = run("sessions", "list").out.splitlines()[0]
    assert "★" in first
    assert "A better name" in first
    assert run("sessions", "rm", "0aaaaaaaa").out == "0aaaaaaaa1 moved to the trash\n"
    assert "0aaaaaaaa1" not in run("sessions", "list").out
    assert "0aaaaaaaa1" in run("sessions", "list", "--trash").out
    assert run("sessions", "restore", "0aaaaaaaa").status == 0
    assert "0aaaaaaaa1" in run("sessions", "list").out


def test_an_ambiguous_id_lists_the_candidates(two: Path, run) -> None:
    done = run("sessions", "show", "0aaaaaaa")
    assert done.status == 2
    assert "0aaaaaaaa1 (Sorting lists), 0aaaaaaab2 (Evil" in done.err


def test_old_sessions_go_together_and_pinned_ones_stay(two: Path, run) -> None:
    import os

    run("sessions", "pin", "0aaaaaaab")
    for path in two.glob("*.jsonl"):
        os.utime(path, (1_700_000_000,) * 2)
    assert run("sessions", "rm", "--older-than", "30d").out == "0aaaaaaaa1 moved to the trash\n"
    assert run("sessions", "rm", "--older-than", "0d").status == 2
    assert run("sessions", "rm").status == 2
    assert run("sessions", "rm", "--empty-trash", "--yes").status == 0
    assert "empty" in run("sessions", "list", "--trash").out


def test_an_example_that_came_with_the_app_is_not_changed(folder: Path, run) -> None:
    done = run("sessions", "rename", "processitems", "x")
    assert done.status == 2
    assert "stays as it is" in done.err


def test_an_export_does_not_write_over_a_file_unless_told(two: Path, run, tmp_path: Path) -> None:
    target = tmp_path / "chat.md"
    assert run("sessions", "export", "0aaaaaaaa", "-o", str(target)).status == 0
    assert target.read_text().startswith("# Sorting lists\n")
    assert run("sessions", "export", "0aaaaaaaa", "-o", str(target)).status == 2
    assert run("sessions", "export", "0aaaaaaaa", "-o", str(target), "--force").status == 0
    assert run("sessions", "export", "0aaaaaaaa", "-o", str(tmp_path / "x.odt")).status == 2


def test_chats_are_imported_with_their_secrets_masked(folder: Path, run, tmp_path: Path) -> None:
    chat = tmp_path / "chat.json"
    chat.write_text(json.dumps([{"role": "user", "content": "key ghp_" + "a1B2" * 9}]))
    done = run("sessions", "import", str(chat))
    assert "imported from chat.json" in done.out
    assert "1 GitHub token" in done.err
    assert "[GitHub token masked]" in run("sessions", "list").out


def test_no_sessions_is_no_error(folder: Path, run) -> None:
    assert run("sessions", "list").out == "There are no sessions yet.\n"
    assert not folder.exists() or not list(folder.glob("*.jsonl"))


def test_a_session_goes_on_with_the_settings_it_had(two: Path) -> None:
    start = find_start(Start(Settings()), "0aaaaaaaa", None, set())
    assert start.settings.model == "org/demo"
    assert start.mode == "bugs"
    assert start.options().request.thinking == "low"
    assert start.reopened == two / "0aaaaaaaa1.jsonl"
    assert start.began == 1


def test_what_was_given_for_this_run_comes_before_what_the_session_had(two: Path) -> None:
    given = Start(Settings(model="mine"))
    start = find_start(given, "0aaaaaaaa", None, {"model", "mode"})
    assert start.settings.model == "mine"
    assert start.mode == "chat"


def test_a_fork_at_a_turn_is_a_file_of_its_own(two: Path) -> None:
    start = find_start(Start(Settings()), None, "0aaaaaaaa@1", set())
    assert start.reopened is not None
    assert read_session(start.reopened).header.forked_from == "0aaaaaaaa1@m2"


def test_an_example_goes_on_in_a_copy(folder: Path) -> None:
    start = find_start(Start(Settings()), "processitems", None, set())
    assert start.reopened is not None
    assert start.reopened.parent == folder


def test_a_session_that_is_open_elsewhere_goes_on_in_a_copy_and_says_so(two: Path) -> None:
    start = find_start(Start(Settings()), "0aaaaaaaa", None, set())
    told: list[Notice] = []
    with AppendFile.open(two / "0aaaaaaaa1.jsonl"):
        log = open_log(start, told.append)
    assert log is not None
    assert log.id != "0aaaaaaaa1"
    assert read_session(log.path).header.forked_from == "0aaaaaaaa1@m2"
    assert "open in another carnice-chat" in told[0].text
    log.close()


NOTES = "# Notes\nnot a word for a model\n"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    file = tmp_path / "notes.md"
    file.write_text(NOTES)
    return file


@pytest.mark.parametrize(
    "command",
    [
        ("sessions", "show", "FILE"),
        ("sessions", "export", "FILE"),
        ("sessions", "pin", "FILE"),
        ("sessions", "rename", "FILE", "title"),
        ("sessions", "rm", "FILE", "--yes"),
        ("sessions", "rm", "FILE", "--forever", "--yes"),
        ("replay", "FILE"),
        ("--continue", "FILE", "-p", "hello"),
        ("--fork", "FILE", "-p", "hello"),
    ],
    ids=" ".join,
)
def test_a_file_that_is_no_session_is_neither_played_nor_changed(
    folder: Path, run, notes: Path, command: tuple[str, ...]
) -> None:
    done = run(*(str(notes) if word == "FILE" else word for word in command))
    assert (done.status, done.out) == (2, "")
    assert "notes.md is no session" in done.err
    assert notes.read_text() == NOTES
    assert not folder.exists() or not list(folder.glob("*.jsonl"))


def test_only_what_is_listed_goes_to_the_trash(two: Path, run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "0ccc.jsonl"
    elsewhere.write_bytes((two / "0aaaaaaaa1.jsonl").read_bytes())
    done = run("sessions", "rm", str(elsewhere))
    assert done.status == 2
    assert "not among your sessions" in done.err
    assert elsewhere.exists()
    assert run("sessions", "rm", str(two / "0aaaaaaaa1.jsonl")).status == 0


def test_one_that_is_open_keeps_no_other_from_the_trash(two: Path, run) -> None:
    with AppendFile.open(two / "0aaaaaaaa1.jsonl"):
        done = run("sessions", "rm", "0aaaaaaaa", "0aaaaaaab")
    assert (done.status, done.out) == (2, "0aaaaaaab2 moved to the trash\n")
    assert "0aaaaaaaa1 is open in another carnice-chat" in done.err


def test_an_import_takes_what_it_can_and_tells_the_rest(
    folder: Path, two: Path, run, notes: Path, tmp_path: Path
) -> None:
    chat = tmp_path / "chat.json"
    chat.write_text('[{"role": "user", "content": "hello"}]')
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes((two / "0aaaaaaaa1.jsonl").read_bytes()[:-5])
    done = run("sessions", "import", str(notes), str(chat), str(torn), str(tmp_path / "gone"))
    assert done.status == 2
    assert [line.split()[-1] for line in done.out.splitlines()] == ["chat.json", "torn.jsonl"]
    no_chats, gone = done.err.index("No chats were found"), done.err.index("can't be read: No such")
    assert done.err.index("the last line is cut off") < no_chats < gone


def test_an_export_tells_what_could_not_be_read(two: Path, run, tmp_path: Path) -> None:
    with (two / "0aaaaaaaa1.jsonl").open("ab") as file:
        file.write(b"\0\0\n")
    done = run("sessions", "export", "0aaaaaaaa", "-o", str(tmp_path / "chat.html"))
    assert done.status == 0
    assert "NUL bytes" in done.err


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["about"], 2),
        (["about", "-evil"], 1),
        (["-evil", "about", "-n5"], 1),
        (["-sorting", "--json", "about"], 1),
        (["about", "-n", "1"], 1),
        (["about", "--", "-evil"], 1),
    ],
)
def test_a_word_with_a_dash_must_not_be_there(two: Path, run, words: list[str], found: int) -> None:
    done = run("sessions", "search", *words)
    assert done.status == 0
    assert sum("0aaaaaaa" in line for line in done.out.splitlines() if "path" not in line) == found


@pytest.mark.parametrize(
    "wanted", ["~nobody-has-this-name", "~nobody-has-this-name/x.jsonl", "x" * 300 + ".jsonl"]
)
def test_what_cannot_be_a_file_is_told_as_one_that_is_not_there(
    run, folder: Path, wanted: str
) -> None:
    done = run("sessions", "show", wanted)
    assert done.status == 2
    assert "There is no session" in done.err
    assert "error of ours" not in done.err


def test_a_session_whose_name_commands_the_terminal_is_listed_safely(two: Path, run) -> None:
    (two / "0aaaaaaaa1.jsonl").rename(two / "0b\x1b]0;x\x07\nc.jsonl")
    for command in (["list"], ["search", "sorting"], ["rename", "0b", "new"], ["rm", "0b"]):
        done = run("sessions", *command)
        assert done.status == 0
        assert "0b␛]0;x␇ c" in done.out


def test_private_conversations_leave_no_file(folder: Path) -> None:
    settings = Settings(sessions=Sessions(save=False))
    assert open_log(Start(settings), lambda _: None) is None


def test_a_session_is_chosen_from_a_list(
    two: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("click.prompt", lambda *_, **__: 2)
    listed = all_sessions(two)
    assert pick_session(two) == listed[1].id
    said = capsys.readouterr().err
    assert "1  " in said
    assert is_safe(said)
    with pytest.raises(SessionError, match="no session to resume"):
        pick_session(two / "none")


def test_an_example_is_exported_under_a_name_and_without_its_folder(two: Path, run) -> None:
    lines = run("sessions", "export", "0aaaaaaaa", "-f", "jsonl", "--name", "sorting").out
    header = json.loads(lines.splitlines()[0])
    assert (header["id"], header.get("cwd")) == ("sorting", None)


def test_the_last_screen_is_exported_as_a_picture_that_loads_nothing(run, tmp_path: Path):
    file = tmp_path / "picture.svg"
    done = run("sessions", "export", "processitems", "-o", str(file))
    assert done.status == 0
    picture = file.read_text()
    assert picture.startswith("<svg")
    assert "processItems" in picture
    assert "url(http" not in picture
    assert "@import" not in picture
