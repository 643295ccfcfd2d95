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
